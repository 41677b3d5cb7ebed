using System.IO.Hashing;
using System.Security.Cryptography;

namespace ReliableDownload.Protocol;

/// <summary>The hash that proves a block: SHA-256 is the default of the stream form, SHA-1 the only one of the classic form.</summary>
public enum DigestAlgorithm
{
    Sha256,
    Sha1,

    /// <summary>No proof: it finds what crashes and disks do to bytes that a client notes for itself, at the speed of memory. Never on the wire.</summary>
    XxHash128,
}

/// <summary>The properties of each <see cref="DigestAlgorithm"/>: its name on the wire, its size, its calculation.</summary>
public static class DigestAlgorithms
{
    private const int XxHash128Size = 16;

    /// <summary>The largest digest of any algorithm, in bytes.</summary>
    public const int MaxSize = SHA256.HashSizeInBytes;

    extension(DigestAlgorithm algorithm)
    {
        /// <summary>The digest's size in bytes.</summary>
        public int Size => algorithm switch
        {
            DigestAlgorithm.Sha1 => SHA1.HashSizeInBytes,
            DigestAlgorithm.XxHash128 => XxHash128Size,
            _ => SHA256.HashSizeInBytes,
        };

        /// <summary>The name on the wire, as in RFC 9530's registry: <c>sha-256</c> or <c>sha-1</c>.</summary>
        /// <exception cref="InvalidOperationException">It has none.</exception>
        public string WireName => algorithm switch
        {
            DigestAlgorithm.Sha1 => "sha-1",
            DigestAlgorithm.Sha256 => "sha-256",
            _ => throw new InvalidOperationException("this is never on the wire"),
        };

        /// <summary>The name for people: <c>SHA-256</c> or <c>SHA-1</c>.</summary>
        public string DisplayName => algorithm switch
        {
            DigestAlgorithm.Sha1 => "SHA-1",
            DigestAlgorithm.XxHash128 => "XXH128",
            _ => "SHA-256",
        };

        /// <summary>Calculates the digest of <paramref name="data"/> into the first <see cref="get_Size"/> bytes of <paramref name="digest"/>.</summary>
        public void Hash(ReadOnlySpan<byte> data, Span<byte> digest)
        {
            _ = algorithm switch
            {
                DigestAlgorithm.Sha1 => SHA1.HashData(data, digest),
                DigestAlgorithm.XxHash128 => XxHash128.Hash(data, digest),
                _ => SHA256.HashData(data, digest),
            };
        }
    }

    /// <summary>Parses a name from the wire; false if it is unknown.</summary>
    public static bool TryParse(string? name, out DigestAlgorithm algorithm)
    {
        algorithm = string.Equals(name, "sha-1", StringComparison.OrdinalIgnoreCase) ? DigestAlgorithm.Sha1 : DigestAlgorithm.Sha256;
        return algorithm == DigestAlgorithm.Sha1 || string.Equals(name, "sha-256", StringComparison.OrdinalIgnoreCase);
    }
}
