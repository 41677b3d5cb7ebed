using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Redis;

namespace ReliableDownload.Api.Fleet;

/// <summary>
/// This rd-api's part in hashing one content: it claims blocks from the job's stream, has the workers hash them, stores and tells the digests, and only then lets
/// go of the claim. So whatever dies, a claim is either finished and stored, or taken over by others after its lease.
/// </summary>
internal sealed class SharedJob(
    HashJob job, ClaimStream stream, FleetChannel channel, IDigestStore store, HashJobs jobs, HashQueue queue, int workers, TimeProvider time)
{
    // In bytes of the file: all lanes of a worker are busy with it, and so little is lost with who claimed it.
    private const int EntryBytes = 32 << 20;

    private const int MaxEntries = 4096;

    // Entries claimed by one command.
    private const int MostClaimed = 64;

    // Digests of a message: 64 KiB of SHA-256.
    private const int BlocksPerMessage = 2048;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // Between two rounds: what is finished meanwhile goes together.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // How long nothing may be heard before the store is asked whether a message was lost.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private readonly List<BlockRun> _claimed = [];
    private readonly byte[] _hash = RedisKeys.HashOf(job.Key);
    private readonly int _entryBlocks = Math.Max(1, Math.Max(EntryBytes / Math.Max(job.Key.BlockSize, 1), ((job.Key.DigestCount - 1) / MaxEntries) + 1));
    private bool _isExhausted;
    private int _asked = -1;
    private int _known;
    private long _heard = time.GetTimestamp();

    public HashJob Job => job;

    /// <summary>Works until all is known, the job has ended, or there is nothing left to claim though something is missing.</summary>
    /// <exception cref="DigestStoreException">Redis cannot be used.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await stream.MakeAsync(Entries().Where(HasPending), cancellationToken);
        var ticked = 0L;
        while (job.Digests.State == DigestsState.Pending)
        {
            var news = job.Digests.News;
            await TellAsync(cancellationToken);
            if (ticked == 0 || time.GetElapsedTime(ticked) >= Tick)
            {
                ticked = time.GetTimestamp();
                if (!await TickAsync(cancellationToken))
                    return;
            }

            await ClaimAsync(cancellationToken);
            await Task.Delay(Pause, time, cancellationToken);
            var left = Tick - time.GetElapsedTime(ticked);
            if (left > TimeSpan.Zero)
                await news.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (job.Digests.State == DigestsState.Complete)
        {
            await TellAsync(cancellationToken);
            await stream.EndAsync(cancellationToken);
        }
    }

    /// <summary>Stores and tells what was calculated here, and lets go of the claims that this finishes.</summary>
    private async Task TellAsync(CancellationToken cancellationToken)
    {
        while (job.RemoveUnstored(BlocksPerMessage) is { Count: > 0 } runs)
        {
            var isStored = false;
            try
            {
                await store.WriteAsync(job.Key, runs, cancellationToken);
                isStored = true;
            }
            finally
            {
                if (!isStored)
                    job.ReturnUnstored(runs);
            }

            foreach (var run in runs)
                await channel.SendAsync(new FleetMessage.Digests(channel.Sender, _hash, run.First, run.Digests), cancellationToken);
        }

        var finished = _claimed.Where(entry => !HasPending(entry)).ToList();
        if (finished.Count == 0 || job.HasUnstored)
            return;
        await stream.FinishAsync(finished, cancellationToken);
        _claimed.RemoveAll(finished.Contains);
    }

    /// <summary>Renews the leases, calls for help, and takes over what others left.</summary>
    /// <returns>False if there is nothing to wait for.</returns>
    private async Task<bool> TickAsync(CancellationToken cancellationToken)
    {
        await stream.RenewAsync(_claimed, cancellationToken);
        if (!job.Key.IsWhole && !job.IsHelp)
            await channel.SendAsync(new FleetMessage.Work(channel.Sender, _hash, job.Key.BlockSize, job.Key.Algorithm, job.Path.Bytes), cancellationToken);
        (_isExhausted, _asked) = (false, -1);
        if (job.UnclaimedCount < Wanted)
        {
            foreach (var entry in await stream.TakeOverAsync(MostClaimed, cancellationToken))
            {
                // Who left it may have told, but not stored it.
                if (IsEntry(entry))
                    job.StoreAgain(entry);
                Add(entry);
            }
        }

        var known = job.Digests.KnownCount;
        if (known != _known || _claimed.Count > 0)
            (_known, _heard) = (known, time.GetTimestamp());
        if (time.GetElapsedTime(_heard) < Silence)
            return true;
        await store.ReadAsync(job.Key, run => jobs.Learn(job, run), cancellationToken);
        _heard = time.GetTimestamp();
        return job.Digests.KnownCount != known || await stream.IsUnderWayAsync(cancellationToken);
    }

    /// <summary>Claims what keeps the workers busy, and the blocks that a reader waits for unless somebody has them.</summary>
    private async Task ClaimAsync(CancellationToken cancellationToken)
    {
        var missing = Wanted - job.UnclaimedCount;
        if (missing > 0 && !_isExhausted)
        {
            var entries = await stream.ClaimAsync(Math.Min(MostClaimed, ((missing - 1) / _entryBlocks) + 1), cancellationToken);
            _isExhausted = entries.Length == 0;
            foreach (var entry in entries)
                Add(entry);
        }

        if (job.Digests.NextWanted() is not { } block || block >= job.Key.DigestCount)
            return;
        var wanted = EntryAt(block);
        if (wanted.First == _asked || !HasPending(wanted) || _claimed.Contains(wanted))
            return;
        _asked = wanted.First;
        if (await stream.TryClaimAsync(wanted, cancellationToken))
            Add(wanted);
    }

    /// <summary>How many blocks are to wait for the workers, so that they are busy until the next claim.</summary>
    private int Wanted => workers * job.ClaimSize.Blocks;

    private void Add(BlockRun entry)
    {
        // Redis is outside the process and not trusted.
        if (!IsEntry(entry) || _claimed.Contains(entry))
            return;
        _claimed.Add(entry);
        job.Grant(entry);
        queue.Wake();
    }

    private bool IsEntry(BlockRun run) => run.First >= 0 && run.First < job.Key.DigestCount && run == EntryAt(run.First);

    private IEnumerable<BlockRun> Entries()
    {
        for (var first = 0; first < job.Key.DigestCount; first += _entryBlocks)
            yield return EntryAt(first);
    }

    private BlockRun EntryAt(int block)
    {
        var first = block - (block % _entryBlocks);
        return new BlockRun(first, Math.Min(_entryBlocks, job.Key.DigestCount - first));
    }

    private bool HasPending(BlockRun run) => job.Digests.Read(table => table.KnownRun(run.First, run.Count)) < run.Count;
}
