using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ReliableDownload.Client;

/// <summary>The digest of a whole file, as people publish it beside a download.</summary>
public sealed record Checksum
{
    private static readonly (string Name, string DisplayName, HashAlgorithmName Algorithm, int Size)[] Known =
    [
        ("sha-256", "SHA-256", HashAlgorithmName.SHA256, SHA256.HashSizeInBytes),
        ("sha-512", "SHA-512", HashAlgorithmName.SHA512, SHA512.HashSizeInBytes),
        ("sha-1", "SHA-1", HashAlgorithmName.SHA1, SHA1.HashSizeInBytes),
        ("md5", "MD5", HashAlgorithmName.MD5, MD5.HashSizeInBytes),
    ];

    private Checksum(HashAlgorithmName algorithm, string hex) => (Algorithm, Hex) = (algorithm, hex);

    /// <summary>SHA-256, SHA-512, SHA-1 or MD5.</summary>
    public HashAlgorithmName Algorithm { get; }

    /// <summary>The digest in lower-case hex.</summary>
    public string Hex { get; }

    /// <summary>The algorithm's name for people.</summary>
    public string DisplayName => Known.First(known => known.Algorithm == Algorithm).DisplayName;

    /// <summary>The forms of the algorithms' names that <see cref="TryParse"/> takes.</summary>
    public static string Names => string.Join(", ", Known.Select(known => known.Name));

    /// <summary>Reads <c>sha-256=HEX</c> or <c>sha256:HEX</c>, and the like for the other algorithms.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Checksum? checksum)
    {
        ArgumentNullException.ThrowIfNull(text);
        checksum = null;
        var cut = text.AsSpan().IndexOfAny('=', ':');
        if (cut < 0)
            return false;
        var name = text[..cut].Replace("-", "", StringComparison.Ordinal);
        var hex = text[(cut + 1)..].Trim().ToLowerInvariant();
        var known = Known.FirstOrDefault(known => name.Equals(known.Name.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase));
        if (known.Name is null || hex.Length != 2 * known.Size || !hex.All(char.IsAsciiHexDigit))
            return false;
        checksum = new Checksum(known.Algorithm, hex);
        return true;
    }

    internal static Checksum Of(HashAlgorithmName algorithm, ReadOnlySpan<byte> digest) => new(algorithm, Convert.ToHexStringLower(digest));
}
