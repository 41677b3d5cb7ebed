using System.Net;

namespace ReliableDownload.Client.Trees;

/// <summary>The targets of a page's links (<c>href</c> of <c>a</c>), as the listings of nginx, Apache, Caddy and Python write them. It reads nothing else, and no comments.</summary>
internal static class HtmlLinks
{
    /// <summary>The links in the page's order, as they are written, entities decoded.</summary>
    public static IEnumerable<string> In(string page)
    {
        for (var at = 0; (at = page.IndexOf('<', at)) >= 0;)
        {
            if (string.CompareOrdinal(page, at, "<!--", 0, 4) == 0)
            {
                at = page.IndexOf("-->", at, StringComparison.Ordinal);
                if (at < 0)
                    yield break;
                continue;
            }

            var isLink = at + 2 < page.Length && page[at + 1] is 'a' or 'A' && char.IsWhiteSpace(page[at + 2]);
            at += isLink ? 2 : 1;
            if (isLink && Href(page, ref at) is { } href)
                yield return WebUtility.HtmlDecode(href).Trim();
        }
    }

    /// <summary>Reads attributes up to the tag's end.</summary>
    private static string? Href(string page, ref int at)
    {
        string? href = null;
        while (at < page.Length && page[at] != '>')
        {
            var start = at;
            while (at < page.Length && page[at] is not ('=' or '>' or '/') && !char.IsWhiteSpace(page[at]))
                at++;
            var name = page[start..at];
            while (at < page.Length && char.IsWhiteSpace(page[at]))
                at++;
            if (at >= page.Length || page[at] != '=')
            {
                // An attribute without a value, or a slash.
                at += at < page.Length && page[at] == '/' ? 1 : 0;
                continue;
            }

            at++;
            var value = Value(page, ref at);
            if (name.Equals("href", StringComparison.OrdinalIgnoreCase))
                href ??= value;
        }

        return href;
    }

    private static string Value(string page, ref int at)
    {
        while (at < page.Length && char.IsWhiteSpace(page[at]))
            at++;
        if (at < page.Length && page[at] is '"' or '\'')
        {
            var end = page.IndexOf(page[at], at + 1);
            end = end < 0 ? page.Length : end;
            var quoted = page[(at + 1)..end];
            at = Math.Min(end + 1, page.Length);
            return quoted;
        }

        var start = at;
        while (at < page.Length && page[at] != '>' && !char.IsWhiteSpace(page[at]))
            at++;
        return page[start..at];
    }
}
