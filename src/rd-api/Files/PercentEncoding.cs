using System.Buffers;
using System.Text;

namespace ReliableDownload.Api.Files;

/// <summary>Writes the bytes of names into URLs (RFC 3986, 2.1); the inverse of <see cref="RequestPath.Parse"/>.</summary>
internal static class PercentEncoding
{
    // Bytes that one byte may become.
    private const int MaxEncoded = 3;

    // RFC 3986, 2.3.
    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    /// <param name="path">Slashes stay slashes.</param>
    public static string Encode(ReadOnlySpan<byte> path)
    {
        var text = new ArrayBufferWriter<byte>((MaxEncoded * path.Length) + 1);
        Encode(path, text);
        return Encoding.ASCII.GetString(text.WrittenSpan);
    }

    /// <param name="path">Slashes stay slashes.</param>
    /// <param name="output">Receives ASCII text.</param>
    public static void Encode(ReadOnlySpan<byte> path, IBufferWriter<byte> output)
    {
        var text = output.GetSpan(MaxEncoded * path.Length);
        var length = 0;
        foreach (var value in path)
        {
            if (value == '/' || Unreserved.Contains(value))
            {
                text[length++] = value;
                continue;
            }

            text[length++] = (byte)'%';
            value.TryFormat(text[length..], out var written, "X2");
            length += written;
        }

        output.Advance(length);
    }
}
