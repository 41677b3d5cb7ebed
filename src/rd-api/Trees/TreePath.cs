using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>
/// Reads paths as a tree's lines have them: relative, segments in percent-encoding. Stricter than a URL's path, where <c>..</c> and repeated slashes mean
/// something: no line has them.
/// </summary>
internal static class TreePath
{
    /// <returns>False if no line can have this path.</returns>
    public static bool TryDecode(string text, out RequestPath path) => TryDecode(Encoding.UTF8.GetBytes(text), out path);

    /// <param name="text">UTF-8; empty for nothing at all, which is no path. It is overwritten, and the path keeps it.</param>
    /// <param name="path">What it says.</param>
    /// <returns>False if no line can have this path.</returns>
    public static bool TryDecode(Memory<byte> text, out RequestPath path)
    {
        path = default;
        var isFolder = text.Span.EndsWith("/"u8);
        if (isFolder)
            text = text[..^1];
        var bytes = text.Span;
        var (length, start) = (0, 0);
        for (var i = 0; i <= bytes.Length; i++)
        {
            if (i == bytes.Length || bytes[i] == '/')
            {
                if (!RequestPath.IsName(bytes[start..length]))
                    return false;
                if (i < bytes.Length)
                    bytes[length++] = (byte)'/';
                start = length;
                continue;
            }

            var value = bytes[i];
            if (value == '%')
            {
                if (i + 2 >= bytes.Length || !TryHex(bytes[i + 1], bytes[i + 2], out value))
                    return false;
                i += 2;
            }

            // Decoded, it would be two names.
            if (value == '/')
                return false;
            bytes[length++] = value;
        }

        path = new RequestPath(text[..length], isFolder);
        return true;
    }

    private static bool TryHex(byte high, byte low, out byte value)
    {
        value = 0;
        if (!char.IsAsciiHexDigit((char)high) || !char.IsAsciiHexDigit((char)low))
            return false;
        value = (byte)((Digit(high) << 4) | Digit(low));
        return true;
    }

    private static int Digit(byte hex) => char.IsAsciiDigit((char)hex) ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
