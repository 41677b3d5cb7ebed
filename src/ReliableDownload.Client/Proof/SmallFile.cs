using System.Net;
using System.Net.Http.Headers;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Proof;

/// <summary>Fetches small files that may tell a digest, one after the other over a connection of its own. It never fails the download.</summary>
/// <param name="isNamed">Whether the user, or the server, said that it is there: then a server that still calculates it is waited for.</param>
internal sealed class SmallFile(Session session, bool isNamed = false) : IDisposable
{
    // A server may be overloaded for a moment; what it refuses for longer is as good as not there.
    private const int MaxRefusals = 3;

    // Whoever lets a byte come now and then would else never come to an end. What somebody named may be large, and the line slow: it is waited for as long as it comes.
    private static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(2);

    private readonly SideConnection _connection = new(session);
    private int _maxCuts = MaxRefusals;

    /// <summary>Why the last one could not be read; null where it was.</summary>
    public AttemptFailure? Failure { get; private set; }

    /// <summary>Reads what is at <paramref name="url"/>; <c>default</c> where nothing is there that can be read.</summary>
    /// <param name="read">Reads the answer's body, which may be anything and endless.</param>
    public async Task<T?> ReadAsync<T>(Uri url, Func<HttpResponseMessage, Stream, CancellationToken, Task<T?>> read, CancellationToken cancellationToken)
    {
        Failure = null;
        var began = session.Clock.GetTimestamp();
        for (var failures = 1; ; failures++)
        {
            try
            {
                using var over = new CancellationTokenSource(isNamed ? Timeout.InfiniteTimeSpan : MaxTime, session.Clock);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
                using var answer = await _connection.GetAsync(url, SayPatience, limit.Token);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    await using var body = new StallStream(await answer.Content.ReadAsStreamAsync(limit.Token), session.Options.StallLimit);
                    return await read(answer, body, limit.Token);
                }

                var refusal = AttemptFailure.Of(answer, session.Clock.GetUtcNow());
                if (!refusal.IsTemporary || (failures >= MaxRefusals && !IsWaitedFor(refusal, began)))
                    return Nothing(refusal);
                if (refusal.RetryAfter is { } asked && isNamed)
                {
                    var delay = asked < session.Options.FirstDelay ? session.Options.FirstDelay : asked < MaxTime ? asked : MaxTime;
                    session.Options.Tell($"{refusal.Message}; asking again in {delay.TotalSeconds:0.#} s");
                    await Task.Delay(delay, session.Clock, cancellationToken);
                    continue;
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return Nothing(new AttemptFailure(DownloadOutcome.Network, true, "it comes too slowly"));
            }
            catch (Exception error) when (AttemptFailure.Of(error) is { } failure)
            {
                // That the line is gone just now makes no file unproven; that a server closes where it knows nothing is a refusal.
                if (!failure.IsTemporary || failures >= session.Options.MaxAttempts || (!isNamed && failures % _maxCuts == 0 && await _connection.AskForFileAsync(cancellationToken) is { Failure: null }))
                {
                    // It will close for the next guess, too.
                    _maxCuts = 1;
                    return Nothing(failure);
                }
            }

            await Task.Delay(DelayAfter(failures), session.Clock, cancellationToken);
        }

        T? Nothing(AttemptFailure why)
        {
            Failure = why;
            session.Options.TellDetail($"no digest at {url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)}: {why.Message}");
            return default;
        }
    }

    public void Dispose() => _connection.Dispose();

    // An rd-api that still hashes would else wait longer than a connection may be silent (RFC 7240, 4.3).
    private void SayPatience(HttpRequestHeaders headers) =>
        headers.TryAddWithoutValidation("Prefer", $"wait={(isNamed ? (int)(session.Options.StallLimit.TotalSeconds / 2) : 0)}");

    private bool IsWaitedFor(AttemptFailure refusal, long began) =>
        isNamed && refusal.RetryAfter is not null
        && (session.Options.MaxOutage == TimeSpan.Zero || session.Clock.GetElapsedTime(began) < session.Options.MaxOutage);

    private TimeSpan DelayAfter(int failures)
    {
        var delay = session.Options.FirstDelay * Math.Pow(2, Math.Min(failures, 30));
        return delay < session.Options.MaxDelay ? delay : session.Options.MaxDelay;
    }
}
