namespace ReliableDownload.Api.Files;

/// <summary>
/// The Link header of a file's answer, which says where its digests are (RFC 8288). The reference is relative to the request target, so
/// that it is correct behind any prefix, proxy and redirect.
/// </summary>
internal static class MetadataLink
{
    // Proxies reject long headers: nginx accepts 4 KiB from a server by default. Without the header, clients look below /rd/.
    private const int MaxLength = 2 << 10;

    /// <param name="target">The request target, as received.</param>
    /// <param name="file">The file that was found there.</param>
    /// <returns>The header's value; null if it would be too long.</returns>
    public static string? Of(string target, RequestPath file)
    {
        var up = string.Concat(Enumerable.Repeat("../", Depth(RequestPath.EncodedOf(target))));
        var link = $"<{up}rd/{PercentEncoding.Encode(file.Bytes.Span)}>; rel=\"describedby\"; type=\"application/x-ndjson\"";
        return link.Length <= MaxLength ? link : null;
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
