using System.Net;

namespace ReliableDownload.Client.Proof;

/// <summary>Reads what the head of an answer says of the digest of the whole file, whichever part of it the answer has.</summary>
internal static class HeaderDigests
{
    // The first that has a known digest is as good as any other: a server seldom sends two. Content-MD5 is that of the bytes sent (RFC 1864).
    private static readonly (string Header, bool IsOfBody)[] Headers = [("Repr-Digest", false), ("Digest", false), ("x-goog-hash", false), ("Content-MD5", true)];

    /// <summary>The best digest that the head of <paramref name="answer"/> tells; null where it tells none.</summary>
    public static WholeDigest? Of(HttpResponseMessage answer)
    {
        // What Google stores compressed and sends otherwise has the digest of what is stored.
        if (answer.Headers.TryGetValues("x-goog-stored-content-encoding", out var stored) && stored.Any(coding => coding != "identity"))
            return null;
        WholeDigest? best = null;
        foreach (var (header, isOfBody) in Headers)
        {
            if (isOfBody && answer.StatusCode != HttpStatusCode.OK)
                continue;
            var values = Values(answer, header);
            var digests = header == "Content-MD5" ? values.Select(value => Checksum.OfBase64("md5", value.Trim())) : values.SelectMany(Pairs);
            best = WholeDigest.Better(best, WholeDigest.Best(digests.OfType<Checksum>(), $"the server's {header}"));
        }

        return best;
    }

    private static IEnumerable<string> Values(HttpResponseMessage answer, string header) =>
        answer.Headers.TryGetValues(header, out var values) || answer.Content.Headers.TryGetValues(header, out values) ? values : [];

    // name=BASE64 (RFC 3230) or name=:BASE64: (RFC 9530), with commas between.
    private static IEnumerable<Checksum?> Pairs(string value) => value.Split(',', StringSplitOptions.TrimEntries).Select(pair =>
        pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var cut ? Checksum.OfBase64(pair[..cut], pair[(cut + 1)..].Split(';')[0].Trim(':')) : null);
}
