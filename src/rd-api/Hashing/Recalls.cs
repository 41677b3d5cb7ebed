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
    // A Redis that is far away would keep those who wait in a long queue.
    private const int AtOnce = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    // So much longer than a lookup takes that only a store which hangs is given up.
    private static readonly TimeSpan LookupLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly RecentKeys<bool> _asked = new(Interval, time);
    private readonly Dictionary<DigestKey, Task<bool>> _awaited = [];

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

    /// <summary>Completes when the digest has been looked up, with whether the store has answered: it may be away, or too many others wait. Who asks for the same meanwhile shares the lookup.</summary>
    public Task<bool> AddAsync(DigestKey key)
    {
        lock (_gate)
        {
            if (_awaited.TryGetValue(key, out var begun))
                return begun;
            var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (store.IsAway || !_recalls.Writer.TryWrite(new Recall(key, done)))
                return Task.FromResult(false);
            _awaited.Add(key, done.Task);
            return done.Task;
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => supervisor.RunAsync("recalls", RecallAsync, stoppingToken);

    private async Task RecallAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(_recalls.Reader.ReadAllAsync(cancellationToken), options, async (recall, stop) =>
        {
            var hasAnswered = false;
            try
            {
                hasAnswered = await LookUpAsync(recall.Key, stop);
            }
            finally
            {
                End(recall, hasAnswered);
            }
        });
    }

    private async Task<bool> LookUpAsync(DigestKey key, CancellationToken cancellationToken)
    {
        // Who waits gets a fresh look: another rd-api may have stored it since.
        if (memory.FindWhole(key.Content) is not null)
            return true;
        if (store.IsAway)
            return false;
        var lookup = store.TryAsync(known => known.ReadAsync(key, run => Remember(key, run), cancellationToken), cancellationToken);
        await ((Task)lookup).WaitAsync(LookupLimit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        // Nobody else is to wait for the store.
        if (!lookup.IsCompleted)
            store.GiveUp("the digest cache does not answer");
        return lookup is { IsCompletedSuccessfully: true, Result: true };
    }

    private void End(Recall recall, bool hasAnswered)
    {
        if (recall.Done is null)
            return;
        lock (_gate)
            _awaited.Remove(recall.Key);
        recall.Done.TrySetResult(hasAnswered);
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

    /// <param name="Done">For those who wait; null where nobody does.</param>
    private sealed record Recall(DigestKey Key, TaskCompletionSource<bool>? Done);
}
