using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Stores new digests every second, so that a restart does not calculate them again. While the store is unavailable it checks from time to
/// time, and stores what has accumulated when the store is back.
/// </summary>
internal sealed class DigestWriter(
    UnstoredJobs jobs, UnstoredFiles files, StoreAccess store, Supervisor supervisor, TimeProvider time, ILogger log, SharedJobs? sharing = null)
    : BackgroundService
{
    // Digests per call of the store: a MiB of SHA-256, so that no call takes long.
    private const int BlocksAtOnce = 32_768;

    // A crash loses this much hashing, and the digests of a second are few rows.
    private static readonly TimeSpan StoreInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SearchInterval = TimeSpan.FromSeconds(5);

    // Longer than SQLite waits for another process.
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private long _called;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(StopLimit, time);
        await base.StopAsync(limit.Token);
        // On another thread, because an SQLite call on a hanging disk must not delay the shutdown.
        if (!limit.IsCancellationRequested)
            await ((Task)Task.Run(() => StoreAllAsync(limit.Token), CancellationToken.None)).WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        supervisor.RunAsync("digest writer", StoreAsync, stoppingToken), supervisor.RunAsync("digest writer limit", LimitAsync, stoppingToken));

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        // A hanging store must not keep the other loop from starting.
        await Task.Yield();
        await TryAsync(known => known.OpenAsync(cancellationToken), cancellationToken);
        var searched = time.GetTimestamp();
        using var timer = new PeriodicTimer(StoreInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (store.IsAway)
            {
                if (time.GetElapsedTime(searched) < SearchInterval)
                    continue;
                searched = time.GetTimestamp();
                if (!await IsBackAsync(cancellationToken))
                    continue;
            }

            await StoreAllAsync(cancellationToken);
        }
    }

    private async Task LimitAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(StoreInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (Volatile.Read(ref _called) is not 0 and var called && time.GetElapsedTime(called) > CallLimit)
                store.GiveUp("the digest cache does not answer");
            if (jobs.RemoveEnded() is > 0 and var ended)
                log.DigestsNotKept(ended);
        }
    }

    // Stores what has accumulated before the store counts as available. One that is full meanwhile is there again, too: it tells what it knows.
    private async Task<bool> IsBackAsync(CancellationToken cancellationToken)
    {
        if (!await TryAsync(known => known.OpenAsync(cancellationToken), cancellationToken) || (!await StoreAllAsync(cancellationToken) && !store.IsForReading))
            return false;
        store.Return();
        return true;
    }

    private async Task<bool> StoreAllAsync(CancellationToken cancellationToken)
    {
        var isAnyStored = false;
        // Before what jobs found: one that was renewed since replaces it.
        while (files.Next() is { Count: > 0 } next)
        {
            if (!await TryAsync(known => known.WriteFilesAsync(next, cancellationToken), cancellationToken))
                return false;
            files.Remove(next.Count);
            isAnyStored = true;
        }

        foreach (var job in jobs.All)
        {
            var isAny = job is { IsShared: false, Unstored.Count: > 0 };
            if (!await TryStoreAsync(job, cancellationToken))
                return false;
            isAnyStored |= isAny;
        }

        // Where there was nothing to store, nobody knows whether it takes anything.
        if (isAnyStored)
            store.ReportStored();
        return await TryAsync(known => known.TidyAsync(cancellationToken), cancellationToken);
    }

    private async Task<bool> TryStoreAsync(HashJob job, CancellationToken cancellationToken)
    {
        // Its digests are stored as soon as they are known.
        if (job.IsShared)
            return true;
        // What is only about to be hashed again, when it is its turn, is better than nothing.
        if (job.Unstored.IsStoreWrong && (job.Begun != 0 || job.Digests.State != DigestsState.Pending))
        {
            if (!await TryAsync(known => known.RemoveAsync(job.Key, cancellationToken), cancellationToken)
                || !await TryAsync(known => known.RemoveAsync(job.Key.Whole, cancellationToken), cancellationToken))
                return false;
            job.Unstored.IsStoreWrong = false;
        }

        var isRenewed = job is { IsRenewal: true, Digests.State: DigestsState.Complete };
        while (job.Unstored.Remove(BlocksAtOnce) is { Count: > 0 } runs)
        {
            var isStored = false;
            try
            {
                isStored = job.Digests.State == DigestsState.Changed
                    || await TryAsync(known => known.WriteAsync(job.Key, runs, cancellationToken), cancellationToken);
            }
            finally
            {
                if (!isStored)
                    job.Unstored.Return(runs);
            }

            if (!isStored)
                return false;
        }

        if (isRenewed)
            sharing?.AddRenewed(job);
        return true;
    }

    private async Task<bool> TryAsync(Func<Cache.IDigestStore, Task> use, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _called, time.GetTimestamp());
        try
        {
            return await store.TryAsync(use, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _called, 0);
        }
    }
}
