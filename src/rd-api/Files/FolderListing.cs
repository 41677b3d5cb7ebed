using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace ReliableDownload.Api.Files;

/// <summary>The page that shows a folder: folders first, by name. Pieces of HTML, made one at a time, for a folder may be large.</summary>
internal static class FolderListing
{
    // Everything that has a meaning in HTML is escaped, and letters of all scripts are kept.
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    public static IEnumerable<string> Pieces(RequestPath folder, IReadOnlyList<FolderEntry> entries)
    {
        var title = Html.Encode("/" + folder.Text);
        yield return $"""
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

            """;
        if (!folder.Bytes.IsEmpty)
            yield return "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n";
        foreach (var (name, text, entry) in entries
            .Select(entry => (Name: entry.Name, Text: Encoding.UTF8.GetString(entry.Name.Span), entry))
            .OrderBy(row => !row.entry.IsFolder)
            .ThenBy(row => row.Text, StringComparer.OrdinalIgnoreCase)
            .ThenBy(row => row.Text, StringComparer.Ordinal))
        {
            var slash = entry.IsFolder ? "/" : "";
            var size = entry.IsFolder ? "" : $"{entry.Size:N0}";
            var modified = DateTimeOffset.UnixEpoch.AddTicks(entry.Modified / 100);
            yield return $"<tr><td><a href=\"{PercentEncoding.Encode(name.Span)}{slash}\"><bdi>{Html.Encode(text)}</bdi>{slash}</a></td>"
                + $"<td>{size}</td><td>{modified:yyyy-MM-dd HH:mm}</td></tr>\n";
        }

        yield return "</tbody>\n</table>\n</body>\n</html>\n";
    }
}
