using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Looks up the stored digests of new jobs, several in parallel, before the jobs begin. A job whose lookup fails or takes too long begins
/// with nothing: hashing again costs only time.
/// </summary>
internal sealed class DigestLookups(
    HashJobs jobs, StoreAccess store, Supervisor supervisor, TimeProvider time, ILogger log) : BackgroundService
{
    private const int SideBySide = 8;

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    // Bytes per second: slower than any disk or network in use.
    private const int SlowestStore = 4 << 20;

    private readonly Lookup?[] _underWay = new Lookup?[SideBySide];

    /// <summary>How long a lookup may take before the job begins without it, in addition to the time for transferring its digests.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
    [
        .. Enumerable.Range(0, SideBySide).Select(i => supervisor.RunAsync($"lookup {i}", token => LookUpAsync(i, token), stoppingToken)),
        supervisor.RunAsync("lookup limit", LimitAsync, stoppingToken),
    ]);

    private async Task LookUpAsync(int index, CancellationToken cancellationToken)
    {
        // A store that hangs at the first job must not keep the other loops from starting.
        await Task.Yield();
        await foreach (var job in jobs.Arrivals.ReadAllAsync(cancellationToken))
        {
            Volatile.Write(ref _underWay[index], new Lookup(job, time.GetTimestamp()));
            await LookUpAsync(job, cancellationToken);
            Volatile.Write(ref _underWay[index], null);
        }
    }

    // Failures end here: they affect this job only.
    private async Task LookUpAsync(HashJob job, CancellationToken cancellationToken)
    {
        try
        {
            if (!store.IsAway && !job.IsRenewal)
                await store.TryAsync(known => known.ReadAsync(job.Key, job.AddStored, cancellationToken), cancellationToken);
            jobs.Begin(job);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            log.HashingBroke(error, job.Path);
            jobs.Fail(job, "The digests cannot be calculated; the server's log says why.");
        }
    }

    // Runs beside the lookups, because an SQLite call on a hanging disk blocks its thread and cannot be cancelled.
    private async Task LimitAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(CheckInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            for (var i = 0; i < SideBySide; i++)
            {
                if (Volatile.Read(ref _underWay[i]) is not { } lookup || time.GetElapsedTime(lookup.Since) < LimitOf(lookup.Job))
                    continue;
                store.GiveUp("the digest cache does not answer");
                jobs.Begin(lookup.Job);
            }

            while (store.IsAway && jobs.Arrivals.TryRead(out var job))
                jobs.Begin(job);
        }
    }

    private static TimeSpan LimitOf(HashJob job) =>
        Limit + TimeSpan.FromSeconds((double)job.Key.DigestCount * job.Key.Algorithm.Size / SlowestStore);

    private sealed record Lookup(HashJob Job, long Since);
}
