using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Redis;

namespace ReliableDownload.Api.Fleet;

/// <summary>
/// This rd-api's part in hashing one content: it claims blocks from the job's stream and has the workers hash them; beside that it stores and tells the digests, and only
/// then lets go of the claim. So whatever dies, a claim is either finished and stored, or taken over by others after its lease. The workers do not wait for Redis once they
/// have begun.
/// </summary>
internal sealed class SharedJob(
    HashJob job, ClaimStream stream, ClaimLayout layout, FleetChannel channel, IDigestStore store, HashJobs jobs, HashQueue queue, int workers, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // How long nothing may be heard before the store is asked whether a message was lost.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private readonly HeldClaims _claims = new();
    private readonly AwaitedEntries _awaited = new(job, layout, time);
    private readonly ClaimAhead _ahead = new(job, layout, workers);
    private readonly byte[] _hash = RedisKeys.HashOf(job.Key);
    private bool _isExhausted;
    private int _front = -1;
    private int _asked = -1;
    private int _known = -1;
    private string _left = "0-0";
    private long _ticked;
    private long _progressed;
    private long _read;

    public HashJob Job => job;

    // Others hold what is missing, and say that they are at it. Whoever gives out nothing for so long is not waited for: its disk hangs, or it is not one of us.
    private TimeSpan Patience => (2 * Silence) + TimeSpan.FromSeconds((job.Key.IsWhole ? job.Key.Identity.Size : job.Key.BlockSize) / (4 << 20));

    // If no worker comes to it, because the disk hangs here or all are busy with something else, others are to take over.
    private bool IsAtWork => time.GetElapsedTime(job.LastWorked) < Patience;

    /// <summary>Works until all is known, the job has ended, or there is nothing to wait for though something is missing.</summary>
    /// <exception cref="DigestStoreException">Redis cannot be used.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var telling = new DigestTelling(job, layout, _claims, stream, channel, store, time).RunAsync(ended.Token);
        var claiming = ClaimAsync(ended.Token);
        try
        {
            await await Task.WhenAny(claiming, telling);
            if (job.Digests.State != DigestsState.Pending)
                await telling;
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(claiming, telling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ClaimAsync(CancellationToken cancellationToken)
    {
        if (!await TryBeginAsync(cancellationToken))
            return;
        while (job.Digests.State == DigestsState.Pending)
        {
            var news = job.Digests.News;
            var left = Tick - time.GetElapsedTime(_ticked);
            if (Next(isTick: left <= TimeSpan.Zero) is not { } step)
            {
                await news.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                continue;
            }

            if (left > TimeSpan.Zero)
            {
                await GoAsync(step, cancellationToken);
                continue;
            }

            _ticked = time.GetTimestamp();
            await Task.WhenAll(GoAsync(step, cancellationToken), CallAsync(cancellationToken));
            await HurryAsync(cancellationToken);
            if (!await IsHopefulAsync(cancellationToken))
                return;
        }
    }

    /// <returns>False if there is nothing to wait for.</returns>
    private async Task<bool> TryBeginAsync(CancellationToken cancellationToken)
    {
        _ticked = _progressed = _read = time.GetTimestamp();
        var isResumed = job.Begun != 0;
        var count = _ahead.First;
        var call = CallAsync(cancellationToken);
        var (isNew, isEmpty, claimed) = await stream.MakeAsync(layout.Entries().Where(job.Digests.HasPending), count, cancellationToken);
        _ahead.Measure(time.GetElapsedTime(_ticked));
        Take(claimed, count);
        await call;
        // What others found after this one had looked, and told before it listened, is in the store, or lost.
        if (!isNew || isResumed)
            await ReadAsync(cancellationToken);
        return !isEmpty || job.Digests.State != DigestsState.Pending;
    }

    /// <summary>Calls for help.</summary>
    private Task CallAsync(CancellationToken cancellationToken) => job.Key.IsWhole || job.IsHelp ? Task.CompletedTask
        : channel.SendAsync(new FleetMessage.Work(channel.Sender, _hash, job.Key.BlockSize, job.Key.Algorithm, job.Path.Bytes), cancellationToken);

    /// <summary>What to ask of the stream now; null for nothing.</summary>
    private ClaimStep? Next(bool isTick)
    {
        if (isTick)
            (_isExhausted, _asked) = (false, -1);
        var missing = _ahead.Missing;
        var step = new ClaimStep(_isExhausted ? 0 : missing)
        {
            Wanted = Wanted(),
            TakeOverFrom = isTick && missing > 0 ? _left : null,
            Finished = _claims.Stored,
            Renewed = isTick && IsAtWork ? _claims.Held : [],
        };
        return isTick || step.Count > 0 || step.Wanted is not null ? step : null;
    }

    /// <summary>The entry that a reader waits for, unless somebody has it.</summary>
    private BlockRun? Wanted()
    {
        if (job.Digests.NextWanted() is not { } block || block >= job.Key.DigestCount)
            return null;
        var entry = layout.EntryAt(block);
        // What comes before the front has been given to somebody.
        if (entry.First <= _front || entry.First == _asked || !job.Digests.HasPending(entry) || _claims.Contains(entry))
            return null;
        _asked = entry.First;
        return entry;
    }

    private async Task GoAsync(ClaimStep step, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var answer = await stream.GoAsync(step, cancellationToken);
        _ahead.Measure(time.GetElapsedTime(began));
        _claims.Forget(step.Finished);
        // Who left it may have told, but not stored it.
        foreach (var entry in answer.TakenOver)
            job.Unstored.AddKnown(entry);
        if (step.TakeOverFrom is not null)
            _left = answer.Next;
        Take(answer.Claimed, step.Count);
        Take([.. answer.Wanted, .. answer.TakenOver], 0);
    }

    private void Take(BlockRun[] entries, int asked)
    {
        _isExhausted |= entries.Length < asked;
        if (asked > 0 && entries.Length > 0)
            _front = entries[^1].First;
        foreach (var entry in entries)
        {
            if (_claims.TryAdd(entry))
                job.Grant(entry);
        }

        if (entries.Length > 0)
            queue.Wake();
    }

    /// <summary>What a reader waits for and others have had for long is looked for in the store, and in the end hashed here as well: twice does no harm.</summary>
    private async Task HurryAsync(CancellationToken cancellationToken)
    {
        _awaited.Look(_claims, _isExhausted ? int.MaxValue : _front);
        if (_awaited.Overdue(Silence).Count > 0 && time.GetElapsedTime(_read) >= Silence)
            await ReadAsync(cancellationToken);
        if (_awaited.Overdue(Patience) is not { Count: > 0 } overdue)
            return;
        overdue.ForEach(job.Grant);
        queue.Wake();
    }

    private Task ReadAsync(CancellationToken cancellationToken)
    {
        _read = time.GetTimestamp();
        return store.ReadAsync(job.Key, run => jobs.Learn(job, run), cancellationToken);
    }

    private async Task<bool> IsHopefulAsync(CancellationToken cancellationToken)
    {
        var known = job.Digests.KnownCount;
        if (known != _known || _claims.Held.Length > 0)
        {
            (_known, _progressed) = (known, time.GetTimestamp());
            return true;
        }

        if (time.GetElapsedTime(_progressed) >= Patience)
            return false;
        if (time.GetElapsedTime(Math.Max(_progressed, _read)) < Silence)
            return true;
        await ReadAsync(cancellationToken);
        return job.Digests.KnownCount != known || await stream.IsUnderWayAsync(cancellationToken);
    }
}
