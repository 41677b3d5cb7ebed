using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Cache;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Keeps digests across restarts: looks up what the store knows of a new job before it begins, and each second stores what was
/// calculated. When the store goes away it says so once, goes on without, and looks for it now and then; when it is back it says that
/// once, too, and stores what waited.
/// </summary>
internal sealed class DigestKeeper(HashJobs jobs, IDigestStore store, TimeProvider time, ILogger<DigestKeeper> log) : BackgroundService
{
    /// <summary>How many bytes of ended jobs wait for an absent store; the digests of the oldest beyond will be calculated again.</summary>
    private const long MaxWaitingBytes = 64 << 20;

    // A job without its digests takes roughly this many bytes.
    private const int JobBytes = 2048;

    // A crash costs this much hashing, and a second's digests are few rows.
    private static readonly TimeSpan StoreInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private readonly List<HashJob> _kept = [];
    private volatile bool _isAway;
    private long _looked;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(StopLimit, time);
        await StoreAllAsync(limit.Token);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await TryAsync(() => store.OpenAsync(stoppingToken));
        await Task.WhenAll(LookUpAsync(stoppingToken), StoreAsync(stoppingToken));
    }

    private async Task LookUpAsync(CancellationToken cancellationToken)
    {
        await foreach (var job in jobs.Arrivals.ReadAllAsync(cancellationToken))
        {
            IReadOnlyList<DigestRun> known = [];
            if (!_isAway)
                await TryAsync(async () => known = await store.ReadAsync(job.Key, cancellationToken));
            lock (_gate)
                _kept.Add(job);
            jobs.Begin(job, known);
        }
    }

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(StoreInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (!_isAway || time.GetElapsedTime(_looked) >= LookInterval)
                await StoreAllAsync(cancellationToken);
            ForgetEnded();
        }
    }

    private async Task StoreAllAsync(CancellationToken cancellationToken)
    {
        if (_isAway && !await TryAsync(() => store.OpenAsync(cancellationToken)))
            return;
        HashJob[] kept;
        lock (_gate)
            kept = [.. _kept];
        foreach (var job in kept)
        {
            if (!await TryStoreAsync(job, cancellationToken))
                return;
        }

        if (_isAway)
            log.CacheIsBack();
        _isAway = false;
    }

    private async Task<bool> TryStoreAsync(HashJob job, CancellationToken cancellationToken)
    {
        var runs = job.TakeUnstored();
        if (runs.Count == 0 || job.Digests.State == DigestsState.Changed)
            return true;
        var isStored = false;
        try
        {
            return isStored = await TryAsync(() => store.WriteAsync(job.Key, runs, cancellationToken));
        }
        finally
        {
            if (!isStored)
                job.GiveBack(runs);
        }
    }

    private async Task<bool> TryAsync(Func<Task> use)
    {
        try
        {
            await use();
            return true;
        }
        catch (DigestStoreException error)
        {
            _looked = time.GetTimestamp();
            if (!_isAway)
                log.CacheIsAway(error.Message);
            _isAway = true;
            return false;
        }
    }

    private void ForgetEnded()
    {
        lock (_gate)
        {
            _kept.RemoveAll(static job => job.Digests.State != DigestsState.Pending && !job.HasUnstored);
            var ended = _kept.FindAll(static job => job.Digests.State != DigestsState.Pending);
            var bytes = ended.Sum(BytesOf);
            foreach (var job in ended)
            {
                if (bytes <= MaxWaitingBytes)
                    break;
                bytes -= BytesOf(job);
                _kept.Remove(job);
            }
        }
    }

    private static long BytesOf(HashJob job) => JobBytes + job.Digests.Look(static table => table.HeldBytes);
}
