using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The work on one content of one file: which blocks nobody hashes yet, which digests are not in the store yet. One for all who ask.
/// Safe for threads.
/// </summary>
/// <param name="settledAt">From when on what is read of the file may be believed for good.</param>
internal sealed class HashJob(FileDigests digests, RequestPath path, DateTimeOffset settledAt)
{
    private readonly Lock _gate = new();
    private readonly UnstoredBlocks _unstored = new();
    private UnclaimedBlocks? _unclaimed;
    private bool _retired;

    public FileDigests Digests => digests;

    public DigestKey Key => digests.Key;

    public RequestPath Path => path;

    public ClaimSize ClaimSize { get; } = new(digests.Key.Algorithm, digests.Key.BlockSize);

    public MissingRegions MissingRegions { get; } = new();

    public FetchedPages FetchedPages { get; } = new();

    /// <summary>When somebody asked for the digests last, as a timestamp.</summary>
    public long LastAsked
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>When the first block was claimed, as a timestamp.</summary>
    public long Begun { get; private set; }

    /// <summary>How many blocks were calculated, not taken from the store.</summary>
    public int HashedBlocks { get; private set; }

    /// <summary>How many bytes those had.</summary>
    public long HashedBytes { get; private set; }

    /// <summary>Whether all that was calculated may be believed for good.</summary>
    public bool IsSound { get; private set; } = true;

    /// <summary>Whether no block will be claimed any more.</summary>
    public bool IsClaimedOut
    {
        get
        {
            lock (_gate)
                return _unclaimed is { IsEmpty: true } || digests.State != DigestsState.Pending;
        }
    }

    public bool HasUnstored
    {
        get
        {
            lock (_gate)
                return !_unstored.IsEmpty;
        }
    }

    /// <summary>Puts in what the store knew; from now on blocks can be claimed.</summary>
    public void Begin(IReadOnlyList<DigestRun> stored)
    {
        foreach (var run in stored)
        {
            // The store is outside the process: what does not fit is passed over.
            var count = run.Digests.Length / Key.Algorithm.Size;
            if (run.First >= 0 && run.Digests.Length % Key.Algorithm.Size == 0 && count <= digests.Layout.BlockCount - run.First)
                digests.TryPut(run.First, run.Digests.Span);
        }

        lock (_gate)
            _unclaimed = digests.Look(static table => new UnclaimedBlocks(table));
        digests.EndLookup();
    }

    /// <summary>
    /// Takes blocks to hash, <paramref name="limit"/> at the most: those first that a reader waits for. Before the file has settled
    /// only a reader makes it worth while: he is told those digests, but they are forgotten with the job.
    /// </summary>
    public Claim? TryClaim(int limit, TimeProvider time)
    {
        lock (_gate)
        {
            var wanted = digests.NextWanted();
            var isSettled = time.GetUtcNow() >= settledAt;
            if (_unclaimed is null or { IsEmpty: true } || digests.State != DigestsState.Pending || (wanted is null && !isSettled))
                return null;
            if (Begun == 0)
                Begun = time.GetTimestamp();
            IsSound &= isSettled;
            return new Claim(this, _unclaimed.Take(wanted ?? 0, limit), isSettled);
        }
    }

    /// <summary>Puts in what a worker calculated.</summary>
    public void Finish(Claim claim, ReadOnlySpan<byte> calculated)
    {
        // All at once: only what is known is to be stored, and when all is known all is named that is to be stored.
        lock (_gate)
        {
            if (!digests.TryPut(claim.Blocks.First, calculated))
                return;
            HashedBlocks += claim.Blocks.Count;
            HashedBytes += digests.Layout.Offset(claim.Blocks.End) - digests.Layout.Offset(claim.Blocks.First);
            if (claim.IsSound)
                _unstored.Add(claim.Blocks);
        }
    }

    /// <summary>Takes all that is to be stored.</summary>
    public IReadOnlyList<DigestRun> TakeUnstored()
    {
        IReadOnlyList<BlockRun> runs;
        lock (_gate)
            runs = _unstored.TakeAll();
        return [.. runs.Select(run => new DigestRun(run.First, digests.Look(table => table.Run(run.First, run.Count))))];
    }

    /// <summary>Gives back what could not be stored.</summary>
    public void GiveBack(IReadOnlyList<DigestRun> runs)
    {
        lock (_gate)
        {
            foreach (var run in runs)
                _unstored.Add(new BlockRun(run.First, run.Digests.Length / Key.Algorithm.Size));
        }
    }

    /// <summary>Whether the job is over just now: true once.</summary>
    public bool TryRetire() => !Interlocked.Exchange(ref _retired, true);
}

/// <summary>Blocks of a job that one worker hashes.</summary>
/// <param name="IsSound">Whether the file had settled before they were read.</param>
internal readonly record struct Claim(HashJob Job, BlockRun Blocks, bool IsSound);
