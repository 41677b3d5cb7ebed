using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Redis;

namespace ReliableDownload.Api.Fleet;

/// <summary>Stores and tells the digests of a shared job that were calculated here, while it goes on, and finds the claims that this finishes.</summary>
internal sealed class DigestTelling(
    HashJob job, ClaimLayout layout, HeldClaims claims, ClaimStream stream, FleetChannel channel, IDigestStore store, TimeProvider time)
{
    // Digests of a message: 64 KiB of SHA-256.
    private const int BlocksPerMessage = 2048;

    // Between two times, so that what is hashed meanwhile goes together: less if there is much to tell.
    private static readonly TimeSpan LongPause = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(50);

    // Claims of what is known already bring no news.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly byte[] _hash = RedisKeys.HashOf(job.Key);

    /// <summary>Works until the job has ended.</summary>
    /// <exception cref="DigestStoreException">Redis cannot be used.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var news = job.Digests.News;
            var began = time.GetTimestamp();
            var state = job.Digests.State;
            if (state is DigestsState.Pending or DigestsState.Complete)
                await TellAsync(cancellationToken);
            if (state == DigestsState.Complete)
                await stream.EndAsync(claims.Stored, cancellationToken);
            if (state != DigestsState.Pending)
                return;
            await WaitAsync(news, Interval, cancellationToken);
            await PauseAsync(began, cancellationToken);
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        // Before anything is removed: what is known by now has been stored at the end.
        var finished = claims.Held.Where(entry => !job.Digests.HasPending(entry)).ToList();
        while (job.Unstored.Remove(BlocksPerMessage) is { Count: > 0 } runs)
        {
            var isStored = false;
            try
            {
                var messages = runs.Select(run => channel.SendAsync(new FleetMessage.Digests(channel.Sender, _hash, run.First, run.Digests), cancellationToken));
                await Task.WhenAll([store.WriteAsync(job.Key, runs, cancellationToken), .. messages]);
                isStored = true;
            }
            finally
            {
                if (!isStored)
                    job.Unstored.Return(runs);
            }
        }

        claims.Store(finished);
    }

    // Not when it is the last for now: somebody may be waiting for nothing else.
    private async Task PauseAsync(long began, CancellationToken cancellationToken)
    {
        while (true)
        {
            var news = job.Digests.News;
            var left = (job.Unstored.Count < layout.EntryBlocks ? LongPause : ShortPause) - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero || job.OwnCount == 0 || job.Digests.State != DigestsState.Pending)
                return;
            await WaitAsync(news, left, cancellationToken);
        }
    }

    private async Task WaitAsync(Task news, TimeSpan most, CancellationToken cancellationToken)
    {
        await news.WaitAsync(most, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
