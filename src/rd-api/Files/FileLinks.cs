namespace ReliableDownload.Api.Files;

/// <summary>
/// The Link header of a file's answers (RFC 8288): where its digests are, its Metalink, and copies elsewhere (RFC 6249). References are relative to the
/// request target, so that they are correct behind any prefix, proxy and redirect. One for all requests.
/// </summary>
internal sealed class FileLinks(CurrentOptions options)
{
    // Proxies reject long headers: nginx accepts 4 KiB from a server by default. Without the header, clients look below /rd/.
    private const int MaxLength = 2 << 10;

    /// <param name="target">The request target, as received.</param>
    /// <param name="file">The file that was found there.</param>
    /// <returns>The header's value, with as many links as fit; null if none does.</returns>
    public string? Of(string target, RequestPath file)
    {
        var up = string.Concat(Enumerable.Repeat("../", Depth(RequestPath.EncodedOf(target))));
        var path = PercentEncoding.Encode(file.Bytes.Span);
        var links = $"<{up}rd/{path}>; rel=\"describedby\"; type=\"application/x-ndjson\", <?meta4{Signature(target)}>; rel=\"describedby\"; type=\"application/metalink4+xml\"";
        if (links.Length > MaxLength)
            return null;
        foreach (var mirror in options.Value.Mirrors)
        {
            var link = $", <{mirror}{path}>; rel=\"duplicate\"";
            links = links.Length + link.Length <= MaxLength ? links + link : links;
        }

        return links;
    }

    // A signed link leads to a Metalink only with its signature.
    private static string Signature(string target)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query >= 0 && target.IndexOf("signature=", query, StringComparison.Ordinal) > 0 && !target.AsSpan(query).ContainsAny('<', '>', '"') ? $"&{target[(query + 1)..]}" : "";
    }

    /// <summary>How many times "../" leads from the target's folder to the root (RFC 3986, 5.2.4, where an empty segment counts as one).</summary>
    private static int Depth(ReadOnlySpan<char> path)
    {
        var depth = 0;
        var end = path.LastIndexOf('/');
        if (end <= 0)
            return depth;
        var folder = path[1..end];
        foreach (var range in folder.Split('/'))
        {
            depth = Uri.UnescapeDataString(folder[range]) switch
            {
                "." => depth,
                ".." => Math.Max(depth - 1, 0),
                _ => depth + 1,
            };
        }

        return depth;
    }
}
