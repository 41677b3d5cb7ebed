using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Access;

/// <summary>
/// Signs links and checks them: HMAC-SHA256 over the end of their time and a path. A link to a folder (with a slash at its end) is good for
/// everything below. Whoever changes the key revokes all links. Thread-safe.
/// </summary>
internal sealed class LinkSigner(byte[] key)
{
    /// <summary>Bytes of the shortest key: as many as the hash has.</summary>
    public const int MinKey = 32;

    /// <summary>Bytes of the longest.</summary>
    public const int MaxKey = 4096;

    // Characters. With more of them the text would still be read: Base64Url ignores white space.
    private static readonly int SignatureLength = Base64Url.GetEncodedLength(HMACSHA256.HashSizeInBytes);

    // What else is ever signed with the key cannot be taken for a link.
    private const string Purpose = "rd-api link 1";

    /// <summary>The query that makes a link of a path.</summary>
    /// <param name="expires">In seconds since 1970.</param>
    public string Query(RequestPath path, long expires) =>
        string.Create(CultureInfo.InvariantCulture, $"expires={expires}&{SignedLink.SignatureName}={Base64Url.EncodeToString(Sign(path.Bytes.Span, path.EndsWithSlash, expires))}");

    /// <summary>Whether a signature was made with this key for the path or for a folder above it.</summary>
    public bool IsSigned(RequestPath path, long expires, string signature)
    {
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (signature.Length != SignatureLength || !Base64Url.IsValid(signature, out var length) || length != given.Length || !Base64Url.TryDecodeFromChars(signature, given, out _))
            return false;
        var bytes = path.Bytes.Span;
        var isGood = IsSame(given, Sign(bytes, isFolder: false, expires)) | IsSame(given, Sign(bytes, isFolder: true, expires));
        for (var depth = 0; depth < Limits.SignedFolders && !bytes.IsEmpty && !isGood; depth++)
        {
            bytes = bytes[..Math.Max(bytes.LastIndexOf((byte)'/'), 0)];
            isGood = IsSame(given, Sign(bytes, isFolder: true, expires));
        }

        return isGood;
    }

    /// <summary>Reads a key file.</summary>
    /// <param name="problem">What is wrong and what to do, without its full stop; null if nothing is.</param>
    public static LinkSigner? Load(string file, out string? problem)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var key = new byte[MaxKey + 1];
            var length = stream.ReadAtLeast(key, key.Length, throwOnEndOfStream: false);
            problem = length is >= MinKey and <= MaxKey
                ? null
                : $"the key {file} must have {MinKey} to {MaxKey} bytes: make one with head -c {MinKey} /dev/urandom";
            return problem is null ? new LinkSigner(key[..length]) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = $"the key {file} cannot be read: {error.Message.TrimEnd('.')}; choose another file with --key-file";
            return null;
        }
    }

    private static bool IsSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(one, other);

    private byte[] Sign(ReadOnlySpan<byte> path, bool isFolder, long expires)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"{Purpose}\n{expires}\n{(isFolder ? "folder" : "file")}\n");
        return HMACSHA256.HashData(key, (byte[])[.. Encoding.ASCII.GetBytes(head), .. path]);
    }
}
