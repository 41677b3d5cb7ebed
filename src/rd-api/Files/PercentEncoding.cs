using System.Buffers;
using System.Text;

namespace ReliableDownload.Api.Files;

/// <summary>Writes the bytes of names into URLs (RFC 3986, 2.1); <see cref="RequestPath.Parse"/> reads the same bytes again.</summary>
internal static class PercentEncoding
{
    // RFC 3986, 2.3.
    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"u8);

    /// <param name="path">Slashes stay slashes.</param>
    public static string Encode(ReadOnlySpan<byte> path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var value in path)
        {
            if (value == '/' || Unreserved.Contains(value))
                text.Append((char)value);
            else
                text.Append('%').Append(value.ToString("X2"));
        }

        return text.ToString();
    }
}
