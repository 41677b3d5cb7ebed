using System.Net;
using System.Net.Http.Headers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Network;

/// <summary>Asks for a range of the file, once, and looks at the answer's head. It never tries again. Safe for threads.</summary>
internal sealed class RangeFetch(Uri url, BlockLayout layout, FileVersion? version, TimeProvider clock)
{
    /// <summary>What came of a request: a response whose body is the range, or the reason why not.</summary>
    /// <param name="HasChanged">Whether the server has another version by now.</param>
    public readonly record struct Answer(HttpResponseMessage? Response, AttemptFailure? Failure, bool HasChanged = false)
    {
        /// <summary>The byte behind the last one of the response's body.</summary>
        public long To { get; init; }

        /// <summary>When the response's head was there, as a timestamp.</summary>
        public long Came { get; init; }
    }

    /// <param name="from">The first byte.</param>
    /// <param name="to">The byte behind the last one.</param>
    /// <param name="pastCaches">Whether caches on the way are to ask the server (RFC 9111, 5.2.1.4).</param>
    public Answer Send(Connection connection, long from, long to, bool pastCaches, CancellationToken cancellationToken)
    {
        HttpResponseMessage? response = null;
        try
        {
            using var request = Requests.Get(url);
            request.Headers.Range = new RangeHeaderValue(from, to - 1);
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            if (version is { } known)
                request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(known.ETag));
            if (pastCaches)
                request.Headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
            response = connection.Send(request, cancellationToken);
            return Look(response, from, to, clock.GetTimestamp());
        }
        catch (Exception error) when (AttemptFailure.Of(error) is not null)
        {
            response?.Dispose();
            return new Answer(null, AttemptFailure.Of(error));
        }
    }

    /// <summary>Looks at the head of an answer to a request, which came at that timestamp.</summary>
    public Answer Look(HttpResponseMessage response, long from, long to, long came)
    {
        if (Refusal(response, from) is not { } refusal)
            return new Answer(response, null) { To = to, Came = came };
        response.Dispose();
        return refusal;
    }

    // Digests decide what is right; the headers are looked at only to see early that it cannot be.
    private Answer? Refusal(HttpResponseMessage response, long from)
    {
        var isOtherVersion = version is { } known && response.Headers.ETag is { IsWeak: false } tag && tag.Tag != known.ETag;
        if (response.IsSuccessStatusCode && response.Content.Headers.ContentEncoding.FirstOrDefault(coding => !coding.Equals("identity", StringComparison.OrdinalIgnoreCase)) is { } coding)
            return Refused($"the bytes came encoded as {coding}, which was not asked for; is there a proxy that compresses?");
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent when response.Content.Headers.ContentRange is { From: { } start } && start == from:
                return isOtherVersion ? Changed() : null;
            case HttpStatusCode.PartialContent:
                return Refused($"the server sent another range ({response.Content.Headers.ContentRange}) than the asked one, from byte {from}");
            case HttpStatusCode.OK when isOtherVersion:
            case HttpStatusCode.PreconditionFailed:
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                return Changed();
            case HttpStatusCode.OK when from == 0 && response.Content.Headers.ContentLength is { } length && length == layout.FileSize:
                return null;
            case HttpStatusCode.OK:
                return Refused($"the server sent something else than the asked range ({response.Content.Headers.ContentType}, {response.Content.Headers.ContentLength} bytes)");
            default:
                return new Answer(null, AttemptFailure.Of(response, clock.GetUtcNow()));
        }

        static Answer Changed() => new(null, new AttemptFailure(DownloadOutcome.KeptChanging, true, "the file changed on the server"), HasChanged: true);

        static Answer Refused(string message) => new(null, new AttemptFailure(DownloadOutcome.Protocol, true, message));
    }
}
