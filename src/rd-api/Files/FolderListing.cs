using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ReliableDownload.Api.Files;

/// <summary>The page that shows a folder, written row by row because a folder may be large.</summary>
internal static class FolderListing
{
    // Escapes everything with a meaning in HTML, and keeps letters of all scripts.
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    // Bytes that one byte may become: &#xFFFD; for invalid UTF-8.
    private const int MaxEscaped = 10;

    // Room for a size with its separators, or for a time.
    private const int MaxFigure = 32;

    public static void Begin(IBufferWriter<byte> page, RequestPath folder)
    {
        var title = Html.Encode("/" + folder.Text);
        Encoding.UTF8.GetBytes(
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            </head>
            <body>
            <h1><bdi>{title}</bdi></h1>
            <table>
            <thead><tr><th>Name</th><th>Bytes</th><th>Modified (UTC)</th></tr></thead>
            <tbody>

            """,
            page);
        if (!folder.Bytes.IsEmpty)
            page.Write("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n"u8);
    }

    public static void Row(IBufferWriter<byte> page, ReadOnlySpan<byte> name, FolderEntry entry)
    {
        var slash = entry.IsFolder ? "/"u8 : default;
        page.Write("<tr><td><a href=\""u8);
        PercentEncoding.Encode(name, page);
        page.Write(slash);
        page.Write("\"><bdi>"u8);
        Escape(name, page);
        page.Write("</bdi>"u8);
        page.Write(slash);
        page.Write("</a></td><td>"u8);
        if (!entry.IsFolder)
            Write(entry.Size, "N0", page);
        page.Write("</td><td>"u8);
        Write(DateTimeOffset.UnixEpoch.AddTicks(entry.Modified / TimeSpan.NanosecondsPerTick), "yyyy-MM-dd HH:mm", page);
        page.Write("</td></tr>\n"u8);
    }

    public static void End(IBufferWriter<byte> page) => page.Write("</tbody>\n</table>\n</body>\n</html>\n"u8);

    private static void Escape(ReadOnlySpan<byte> name, IBufferWriter<byte> page)
    {
        Html.EncodeUtf8(name, page.GetSpan(MaxEscaped * name.Length), out _, out var written);
        page.Advance(written);
    }

    private static void Write<T>(T figure, string format, IBufferWriter<byte> page)
        where T : IUtf8SpanFormattable
    {
        figure.TryFormat(page.GetSpan(MaxFigure), out var written, format, CultureInfo.InvariantCulture);
        page.Advance(written);
    }
}
