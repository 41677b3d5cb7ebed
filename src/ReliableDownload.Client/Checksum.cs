using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ReliableDownload.Client;

/// <summary>The digest of a whole file, as people publish it beside a download.</summary>
public sealed record Checksum
{
    /// <summary>CRC-32C (Castagnoli), as object stores tell it; the framework has no name for it.</summary>
    internal static readonly HashAlgorithmName Crc32C = new("CRC32C");

    // The best first. SHA-256 is as safe as the longer ones, and with SHA instructions several times as fast.
    private static readonly (string Name, string DisplayName, HashAlgorithmName Algorithm, int Size)[] Known =
    [
        ("sha-256", "SHA-256", HashAlgorithmName.SHA256, SHA256.HashSizeInBytes),
        ("sha-512", "SHA-512", HashAlgorithmName.SHA512, SHA512.HashSizeInBytes),
        ("sha-384", "SHA-384", HashAlgorithmName.SHA384, SHA384.HashSizeInBytes),
        ("sha-1", "SHA-1", HashAlgorithmName.SHA1, SHA1.HashSizeInBytes),
        ("md5", "MD5", HashAlgorithmName.MD5, MD5.HashSizeInBytes),
        ("crc32c", "CRC-32C", Crc32C, sizeof(uint)),
    ];

    private const int FirstWeak = 3;

    private Checksum(HashAlgorithmName algorithm, string hex) => (Algorithm, Hex) = (algorithm, hex);

    /// <summary>SHA-256, SHA-512, SHA-384, SHA-1, MD5, or one named <c>CRC32C</c>.</summary>
    public HashAlgorithmName Algorithm { get; }

    /// <summary>The digest in lower-case hex.</summary>
    public string Hex { get; }

    /// <summary>The algorithm's name for people.</summary>
    public string DisplayName => Known[Rank].DisplayName;

    /// <summary>Whether somebody could make another file with the same digest (SHA-1, MD5, CRC-32C). Faults of lines and disks are found all the same.</summary>
    public bool IsWeak => Rank >= FirstWeak;

    /// <summary>The forms of the algorithms' names that <see cref="TryParse"/> takes.</summary>
    public static string Names => string.Join(", ", Known.Select(known => known.Name));

    /// <summary>Which of several digests of one file is the best to compare: the smallest.</summary>
    internal int Rank => Array.FindIndex(Known, known => known.Algorithm == Algorithm);

    /// <summary>Reads <c>sha-256=HEX</c> or <c>sha256:HEX</c>, and the like for the other algorithms.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Checksum? checksum)
    {
        ArgumentNullException.ThrowIfNull(text);
        var cut = text.AsSpan().IndexOfAny('=', ':');
        checksum = cut < 0 ? null : OfHex(text[..cut], text[(cut + 1)..].Trim());
        return checksum is not null;
    }

    /// <summary>A digest in hex; null where it is none, or of an unknown algorithm.</summary>
    /// <param name="name">Such as <c>sha-256</c>, <c>SHA256</c>; null where only the length tells the algorithm.</param>
    internal static Checksum? OfHex(string? name, string hex)
    {
        var index = name is null
            ? Array.FindIndex(Known, known => hex.Length == 2 * known.Size && known.Algorithm != Crc32C)
            : Find(name);
        return index >= 0 && hex.Length == 2 * Known[index].Size && hex.All(char.IsAsciiHexDigit)
            ? new Checksum(Known[index].Algorithm, hex.ToLowerInvariant())
            : null;
    }

    /// <summary>A digest in Base64, or in hex as some servers write it; null where it is neither, or of an unknown algorithm.</summary>
    internal static Checksum? OfBase64(string name, string text)
    {
        var index = Find(name);
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes + 2];
        return index >= 0 && Convert.TryFromBase64String(text, digest, out var length) && length == Known[index].Size
            ? Of(Known[index].Algorithm, digest[..length])
            : OfHex(name, text);
    }

    internal static Checksum Of(HashAlgorithmName algorithm, ReadOnlySpan<byte> digest) => new(algorithm, Convert.ToHexStringLower(digest));

    // RFC 3230 calls SHA-1 just SHA.
    private static int Find(string name)
    {
        var plain = name.Replace("-", "", StringComparison.Ordinal);
        return Array.FindIndex(
            Known, known => plain.Equals(known.Name.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase) || (known.Name == "sha-1" && plain.Equals("sha", StringComparison.OrdinalIgnoreCase)));
    }
}
