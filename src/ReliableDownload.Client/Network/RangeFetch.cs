using System.Net;
using System.Net.Http.Headers;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Network;

/// <summary>One attempt at one run: a Range request whose bytes are handed over block by block as they come. It never tries again.</summary>
internal sealed class RangeFetch(Uri url, BlockLayout layout, FileVersion? version, TimeProvider clock)
{
    /// <summary>How an attempt ended.</summary>
    /// <param name="Blocks">How many blocks of the run were handed over.</param>
    /// <param name="Bytes">How many bytes came.</param>
    /// <param name="Failure">Why it ended early; null when the run is done.</param>
    /// <param name="HasChanged">Whether the server has another version by now.</param>
    public readonly record struct Result(int Blocks, long Bytes, AttemptFailure? Failure, bool HasChanged = false);

    /// <summary>
    /// Fetches <paramref name="run"/>, beginning behind what <paramref name="buffer"/> holds of its first block. On a cut the buffer
    /// holds what came of the block behind the last one handed over.
    /// </summary>
    /// <param name="take">Given each whole block; false ends the attempt, and the block still counts as handed over.</param>
    public Result Fetch(Connection connection, Run run, BlockBuffer buffer, Func<int, ReadOnlySpan<byte>, bool> take, CancellationToken cancellationToken)
    {
        var from = layout.Offset(run.First) + buffer.Filled;
        var blocks = 0;
        long bytes = 0;
        try
        {
            using var request = NewRequest(from, layout.Offset(run.End) - 1);
            using var response = connection.Send(request, cancellationToken);
            if (Refusal(response, from) is { } refusal)
            {
                connection.Drop();
                return refusal;
            }

            var body = response.Content.ReadAsStream(cancellationToken);
            while (blocks < run.Count)
            {
                var block = run.First + blocks;
                var count = buffer.ReadFrom(body, layout.Length(block));
                bytes += count;
                if (count == 0)
                    return new Result(blocks, bytes, new AttemptFailure(DownloadOutcome.Network, true, "the connection was closed early"));
                if (buffer.Filled < layout.Length(block))
                    continue;
                blocks++;
                var goOn = take(block, buffer.Data);
                buffer.Clear();
                if (!goOn)
                {
                    connection.Drop();
                    return new Result(blocks, bytes, null);
                }
            }

            // A 200 to a range has more behind it; a connection with unread bytes cannot be used again.
            if (response.StatusCode == HttpStatusCode.OK)
                connection.Drop();
            return new Result(blocks, bytes, null);
        }
        catch (Exception error) when (AttemptFailure.Of(error) is not null)
        {
            connection.Drop();
            return new Result(blocks, bytes, AttemptFailure.Of(error));
        }
    }

    private HttpRequestMessage NewRequest(long from, long to)
    {
        var request = Connection.NewRequest(url);
        request.Headers.Range = new RangeHeaderValue(from, to);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (version is { } known)
            request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(known.ETag));
        return request;
    }

    // Digests decide what is right; the headers are looked at only to see early that it cannot be.
    private Result? Refusal(HttpResponseMessage response, long from)
    {
        var isOtherVersion = version is { } known && response.Headers.ETag is { IsWeak: false } tag && tag.Tag != known.ETag;
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
                return new Result(0, 0, AttemptFailure.Of(response, clock.GetUtcNow()));
        }

        static Result Changed() => new(0, 0, new AttemptFailure(DownloadOutcome.KeptChanging, true, "the file changed on the server"), HasChanged: true);

        static Result Refused(string message) => new(0, 0, new AttemptFailure(DownloadOutcome.Protocol, true, message));
    }
}
