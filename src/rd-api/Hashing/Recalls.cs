using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using ReliableDownload.Api.Cache;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Brings stored digests of whole files into memory, beside the requests: an answer must not wait for a store. A file is looked up once in
/// a while.
/// </summary>
internal sealed class Recalls(StoreAccess store, DigestMemory memory, HashJobs jobs, Supervisor supervisor, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly RecentKeys<bool> _asked = new(Interval, time);

    private readonly Channel<Recall> _recalls = Channel.CreateBounded<Recall>(
        new BoundedChannelOptions(Limits.Recalls) { SingleReader = true });

    /// <summary>Asks for a lookup, unless there was one within the last 30 s, too many others wait, or the store is away.</summary>
    public void TryAdd(DigestKey key)
    {
        // Each lookup wakes a thread, and a client that fetches a file by ranges comes here thousands of times.
        lock (_gate)
        {
            if (!store.IsAway && _asked.TryAdd(key, true) && !_recalls.Writer.TryWrite(new Recall(key, null)))
                _asked.Remove(key);
        }
    }

    /// <summary>Completes when the digest has been looked up.</summary>
    public async Task AddAsync(DigestKey key, CancellationToken cancellationToken)
    {
        if (store.IsAway)
            return;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _recalls.Writer.WriteAsync(new Recall(key, done), cancellationToken);
        await done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>A lookup took too long: nobody else is to wait for the store.</summary>
    public void GiveUp() => store.GiveUp("the digest cache does not answer");

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => supervisor.RunAsync("recalls", RecallAsync, stoppingToken);

    private async Task RecallAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        await foreach (var (key, done) in _recalls.Reader.ReadAllAsync(cancellationToken))
        {
            try
            {
                // Who waits gets a fresh look: another rd-api may have stored it since.
                if (memory.FindWhole(key.Content) is null && !store.IsAway)
                    await store.TryAsync(known => known.ReadAsync(key, run => Remember(key, run), cancellationToken), cancellationToken);
            }
            finally
            {
                done?.TrySetResult();
            }
        }
    }

    // The store is outside the process and not trusted: what does not fit is ignored.
    private void Remember(DigestKey key, DigestRun run)
    {
        if (run.First != 0 || run.Digests.Length != key.Algorithm.Size)
            return;
        var digests = new DigestTable(key.Algorithm, 1);
        digests.Set(0, run.Digests.Span);
        jobs.Recall(key, digests);
    }

    private readonly record struct Recall(DigestKey Key, TaskCompletionSource? Done);
}
