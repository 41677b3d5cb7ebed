using System.Net;
using System.Net.Http.Headers;
using ReliableDownload.Client.Proof;

namespace ReliableDownload.Client.Network;

/// <summary>Asks for a range of the file, once, and looks at the answer's head. It never tries again. Safe for threads.</summary>
/// <param name="size">The file's size in bytes.</param>
/// <param name="version">The version that ranges have to be of.</param>
internal sealed class RangeFetch(FilePlace place, long size, Validator version, TimeProvider clock)
{
    private volatile Validator _version = version;
    private volatile int _condition;

    /// <summary>What the first request says beside its range; null for nothing.</summary>
    public DigestWish? Wish { get; init; }

    /// <summary>Whether the version of the first range counts for all others, where none is known.</summary>
    public bool Adopts { get; init; }

    /// <summary>Whether caches on the way are to ask the server each time.</summary>
    public bool IsPastCaches { get; init; }

    /// <summary>What came of a request: a response whose body is the range, or the reason why not.</summary>
    /// <param name="HasChanged">Whether the server has another version by now.</param>
    /// <param name="MayBeOld">Whether it cannot be told which version the whole file is that came instead.</param>
    public readonly record struct Answer(HttpResponseMessage? Response, AttemptFailure? Failure, bool HasChanged = false, bool MayBeOld = false)
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
        var isWished = false;
        try
        {
            response = place.Send(connection, Prepare, cancellationToken);
            var answer = Look(response, from, to, clock.GetTimestamp());
            if (isWished)
                Wish!.Take(answer.Response);
            // A cache on the way may hold an older version: the server itself has to say that the file changed, or that it gives no ranges.
            return (answer.HasChanged || answer.MayBeOld) && !pastCaches && !IsPastCaches ? Send(connection, from, to, pastCaches: true, cancellationToken) : answer;
        }
        catch (Exception error) when (AttemptFailure.Of(error) is not null)
        {
            response?.Dispose();
            return new Answer(null, AttemptFailure.Of(error));
        }

        void Prepare(HttpRequestHeaders headers)
        {
            headers.Range = new RangeHeaderValue(from, to - 1);
            var conditions = _version.Conditions;
            if (_condition is var condition && condition < conditions.Count)
                headers.IfRange = conditions[condition];
            isWished |= Wish?.AddTo(headers) == true;
            if (pastCaches || IsPastCaches)
                headers.CacheControl = new CacheControlHeaderValue { NoCache = true };
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

    // Where there are digests they decide what is right; the headers are looked at to see early that it cannot be.
    private Answer? Refusal(HttpResponseMessage response, long from)
    {
        if (FileAnswer.RefusalOf(response, place.Given) is { } reason)
            return new Answer(null, reason);
        var its = Validator.Of(response);
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent when response.Content.Headers.ContentRange is { From: { } start } && start == from:
                return _version.IsSame(its) ? Adopt(its) : Changed();
            case HttpStatusCode.PartialContent:
                return Refused($"the server sent another range ({response.Content.Headers.ContentRange}) than the asked one, from byte {from}");
            case HttpStatusCode.OK when _version.NamesSame(its) == false:
            case HttpStatusCode.PreconditionFailed:
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                return Changed();
            case HttpStatusCode.OK when from == 0 && its.Size == size:
                return null;
            case HttpStatusCode.OK when its.Size == size && _version.NamesSame(its) == true && _condition < _version.Conditions.Count:
                // The server does not hold it for the same version, but it is: a node of a CDN with another tag, or Apache while a date is young.
                _condition++;
                return Refused("the server does not take this If-Range for its version");
            case HttpStatusCode.OK:
                return Refused($"the server sent something else than the asked range ({response.Content.Headers.ContentType}, {response.Content.Headers.ContentLength} bytes)", mayBeOld: true);
            default:
                return new Answer(null, AttemptFailure.Of(response, clock.GetUtcNow()));
        }

        Answer? Adopt(Validator first)
        {
            if (Adopts && _version is { Tag: null, Modified: null })
                _version = first;
            return null;
        }

        static Answer Changed() => new(null, new AttemptFailure(DownloadOutcome.KeptChanging, true, "the file changed on the server"), HasChanged: true);

        static Answer Refused(string message, bool mayBeOld = false) => new(null, new AttemptFailure(DownloadOutcome.Protocol, true, message), MayBeOld: mayBeOld);
    }
}
