using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Proof;

/// <summary>The name of a file in a Metalink: its path below the document's folder, never absolute and without dot segments.</summary>
internal static class MetalinkName
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name of the file alone.</summary>
    public static string OfFile(RequestPath path) => Of(new RequestPath(path.Bytes[..Math.Max(path.Bytes.Span.LastIndexOf((byte)'/'), 0)]), path);

    /// <param name="folder">The folder that the document is about; the path must be below it.</param>
    /// <param name="path">The file.</param>
    /// <returns>The name; in percent-encoding if XML cannot express it (control characters, bytes that are not UTF-8).</returns>
    public static string Of(RequestPath folder, RequestPath path)
    {
        var name = path.Bytes.Span[(folder.Bytes.IsEmpty ? 0 : folder.Bytes.Length + 1)..];
        try
        {
            // Line feeds and tabs would be allowed, but come back as spaces from an attribute.
            var text = Strict.GetString(name);
            return text.All(static character => !char.IsControl(character) && character is not ('\uFFFE' or '\uFFFF')) ? text : PercentEncoding.Encode(name);
        }
        catch (DecoderFallbackException)
        {
            return PercentEncoding.Encode(name);
        }
    }
}
