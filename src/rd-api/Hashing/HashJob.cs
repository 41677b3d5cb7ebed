using System.Net;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The work on one content of one file: which blocks nobody hashes yet, which digests are not in the store yet. One for all who ask.
/// Thread-safe.
/// </summary>
internal sealed class HashJob
{
    // Names of one file that its clients used; the newest are enough to find it.
    private const int MaxPaths = 4;

    private readonly Lock _gate = new();
    private readonly UnstoredBlocks _unstored = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _settlingTime;
    private readonly long _created;
    private volatile RequestPath[] _paths;
    private UnclaimedBlocks? _unclaimed;
    private bool _retired;

    /// <param name="isRenewal">Whether what the store has is not to be believed.</param>
    public HashJob(FileDigests digests, DigestRequest request, bool isRenewal, TimeProvider time)
    {
        Digests = digests;
        Client = request.Client;
        IsRenewal = isRenewal;
        IsStoreWrong = isRenewal;
        _paths = [request.Path];
        _time = time;
        // By the clock that nobody sets: files settle also while the time of day is being corrected.
        _created = LastAsked = time.GetTimestamp();
        _settlingTime = digests.Key.Identity.SettlingTime(time.GetUtcNow());
        ClaimSize = new ClaimSize(Key.Algorithm, Key.BlockSize);
    }

    public FileDigests Digests { get; }

    public DigestKey Key => Digests.Key;

    /// <summary>The name by which the file was asked for last.</summary>
    public RequestPath Path => _paths[^1];

    /// <summary>Names of the file, the newest last.</summary>
    public IReadOnlyList<RequestPath> Paths => _paths;

    /// <summary>Who asked first.</summary>
    public IPAddress Client { get; }

    /// <summary>Whether all blocks are hashed again because a client distrusts what was known.</summary>
    public bool IsRenewal { get; }

    /// <summary>Whether the store is to forget what it has of this content.</summary>
    public bool IsStoreWrong { get; set; }

    public ClaimSize ClaimSize { get; }

    public MissingRegions MissingRegions { get; } = new();

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
                return _unclaimed is { IsEmpty: true } || Digests.State != DigestsState.Pending;
        }
    }

    /// <summary>Whether the store is being told of digests just now; they may come back.</summary>
    private bool IsBeingStored { get; set; }

    public bool HasUnstored
    {
        get
        {
            lock (_gate)
                return IsStoreWrong || IsBeingStored || !_unstored.IsEmpty;
        }
    }

    /// <summary>Adds another name of the file.</summary>
    public void AddPath(RequestPath path)
    {
        if (_paths[^1].Bytes.Span.SequenceEqual(path.Bytes.Span))
            return;
        lock (_gate)
            _paths = [.. _paths.Where(other => !other.Bytes.Span.SequenceEqual(path.Bytes.Span)).TakeLast(MaxPaths - 1), path];
    }

    /// <summary>Puts in what the store knew; without effect after the job has begun.</summary>
    public void AddStored(DigestRun run)
    {
        // The store is outside the process: what does not fit is passed over.
        var count = run.Digests.Length / Key.Algorithm.Size;
        if (run.First < 0 || run.Digests.Length % Key.Algorithm.Size != 0 || count > Digests.Layout.BlockCount - run.First)
            return;
        lock (_gate)
        {
            if (_unclaimed is null)
                Digests.TryPut(run.First, run.Digests.Span);
        }
    }

    /// <summary>From now on blocks can be claimed.</summary>
    /// <returns>False where the job has begun already.</returns>
    public bool TryBegin()
    {
        lock (_gate)
        {
            if (_unclaimed is not null)
                return false;
            _unclaimed = Digests.Read(static table => new UnclaimedBlocks(table));
        }

        Digests.EndLookup();
        return true;
    }

    /// <summary>
    /// Claims blocks to hash, <paramref name="limit"/> at the most: those first that a reader waits for. Before the file has settled
    /// only a reader makes it worth while: it is told those digests, but they are forgotten with the job.
    /// </summary>
    public Claim? TryClaim(int limit)
    {
        lock (_gate)
        {
            var wanted = Digests.NextWanted();
            var isSettled = _time.GetElapsedTime(_created) >= _settlingTime;
            if (_unclaimed is null or { IsEmpty: true } || Digests.State != DigestsState.Pending || (wanted is null && !isSettled))
                return null;
            if (Begun == 0)
                Begun = _time.GetTimestamp();
            IsSound &= isSettled;
            return new Claim(this, _unclaimed.Claim(wanted ?? 0, limit), isSettled);
        }
    }

    /// <summary>Puts in what a worker calculated.</summary>
    public void Finish(Claim claim, ReadOnlySpan<byte> calculated)
    {
        // All at once: only what is known is to be stored, and when all is known all is named that is to be stored.
        lock (_gate)
        {
            if (!Digests.TryPut(claim.Blocks.First, calculated))
                return;
            HashedBlocks += claim.Blocks.Count;
            HashedBytes += Digests.Layout.Offset(claim.Blocks.End) - Digests.Layout.Offset(claim.Blocks.First);
            if (claim.IsSound)
                _unstored.Add(claim.Blocks);
        }
    }

    /// <summary>
    /// Removes from what is to be stored some runs, <paramref name="limit"/> blocks at the most, and returns them. The job counts as unstored until the
    /// next call finds nothing.
    /// </summary>
    public IReadOnlyList<DigestRun> RemoveUnstored(int limit)
    {
        IReadOnlyList<BlockRun> runs;
        lock (_gate)
        {
            runs = _unstored.Remove(limit);
            IsBeingStored = runs.Count > 0;
        }

        return [.. runs.Select(run => new DigestRun(run.First, Digests.Read(table => table.Run(run.First, run.Count))))];
    }

    /// <summary>Puts back what could not be stored.</summary>
    public void ReturnUnstored(IReadOnlyList<DigestRun> runs)
    {
        lock (_gate)
        {
            IsBeingStored = false;
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
