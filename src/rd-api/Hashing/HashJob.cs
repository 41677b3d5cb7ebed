using System.Net;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The hashing of one content of one file: who asked, which blocks are unclaimed, and what was hashed. Shared by all clients that ask. Thread-safe.
/// </summary>
internal sealed class HashJob
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _settlingTime;
    private readonly long _created;
    private volatile RequestPath[] _paths;
    private readonly JobBlocks _blocks;
    private bool _retired;

    /// <param name="isRenewal">Whether stored digests are to be ignored.</param>
    public HashJob(FileDigests digests, DigestRequest request, bool isRenewal, TimeProvider time)
    {
        Digests = digests;
        _blocks = new JobBlocks(digests);
        Client = request.Client;
        IsRenewal = isRenewal;
        IsHelp = request.IsHelp;
        Unstored = new UnstoredDigests(digests, _gate) { IsStoreWrong = isRenewal };
        _paths = [request.Path];
        _time = time;
        // By the monotonic clock: files also settle while the time of day is being corrected.
        _created = LastAsked = LastWorked = time.GetTimestamp();
        _settlingTime = digests.Key.Identity.SettlingTime(time.GetUtcNow());
        ClaimSize = new ClaimSize(Key.Algorithm, Math.Max(Key.BlockSize, 1));
        Whole = Key.IsWhole ? new WholeHash() : null;
    }

    public FileDigests Digests { get; }

    public DigestKey Key => Digests.Key;

    /// <summary>The name by which the file was last requested.</summary>
    public RequestPath Path => _paths[^1];

    /// <summary>Names of the file, newest last.</summary>
    public IReadOnlyList<RequestPath> Paths => _paths;

    /// <summary>The client that asked first.</summary>
    public IPAddress Client { get; }

    /// <summary>Whether all blocks are hashed again because a client distrusts the known digests.</summary>
    public bool IsRenewal { get; }

    /// <summary>Whether only another rd-api asked, so far.</summary>
    public bool IsHelp { get; set; }

    /// <summary>Whether blocks are only hashed here that were <see cref="Grant"/>ed, because others hash the rest.</summary>
    public bool IsShared => _blocks.IsShared;

    /// <summary>Whether the file has not changed for so long that its digests can be trusted.</summary>
    public bool IsSettled => _time.GetElapsedTime(_created) >= _settlingTime;

    /// <summary>How many blocks wait for a worker.</summary>
    public int UnclaimedCount
    {
        get
        {
            lock (_gate)
                return _blocks.UnclaimedCount;
        }
    }

    /// <summary>How many blocks wait for a worker, or are being hashed.</summary>
    public int OwnCount
    {
        get
        {
            lock (_gate)
                return _blocks.UnclaimedCount + _blocks.UnderWayCount;
        }
    }

    /// <summary>Its digests that the store may not have.</summary>
    public UnstoredDigests Unstored { get; }

    public ClaimSize ClaimSize { get; }

    /// <summary>The state of a whole file's hash between two claims; null for the digests of blocks.</summary>
    public WholeHash? Whole { get; }

    public MissingRegions MissingRegions { get; } = new();

    /// <summary>When the digests were last requested, as a timestamp.</summary>
    public long LastAsked
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>When a worker last began or ended something of it, as a timestamp.</summary>
    public long LastWorked
    {
        get => Volatile.Read(ref field);
        private set => Volatile.Write(ref field, value);
    }

    /// <summary>When the first block was claimed, as a timestamp.</summary>
    public long Begun { get; private set; }

    /// <summary>How many blocks were hashed, as opposed to taken from the store.</summary>
    public int HashedBlocks { get; private set; }

    /// <summary>The number of bytes in those blocks.</summary>
    public long HashedBytes { get; private set; }

    /// <summary>Whether all calculated digests can be trusted permanently.</summary>
    public bool IsSound { get; private set; } = true;

    /// <summary>Whether no block will be claimed any more.</summary>
    public bool IsClaimedOut
    {
        get
        {
            lock (_gate)
                return (_blocks.IsClaimedOut && Whole is null && !IsShared) || Digests.State != DigestsState.Pending;
        }
    }

    /// <summary>Adds another name of the file.</summary>
    public void AddPath(RequestPath path)
    {
        if (_paths[^1].Bytes.Span.SequenceEqual(path.Bytes.Span))
            return;
        lock (_gate)
            _paths = [.. _paths.Where(other => !other.Bytes.Span.SequenceEqual(path.Bytes.Span)).TakeLast(Limits.PathsOfJob - 1), path];
    }

    /// <summary>Adds stored digests, and ignores what does not fit; without effect after the job has begun.</summary>
    public void AddStored(DigestRun run)
    {
        if (!Fits(run, out _))
            return;
        lock (_gate)
        {
            if (!_blocks.HasBegun)
                Digests.TryPut(run.First, run.Digests.Span);
        }
    }

    /// <summary>Allows blocks to be claimed from now on.</summary>
    /// <param name="isShared">Whether each block has to be <see cref="Grant"/>ed first.</param>
    /// <returns>False if the job has already begun.</returns>
    public bool TryBegin(bool isShared = false)
    {
        lock (_gate)
        {
            if (_blocks.HasBegun)
                return false;
            _blocks.Begin(isShared);
        }

        Digests.EndLookup();
        return true;
    }

    /// <summary>
    /// Claims blocks to hash, at most <paramref name="limit"/>, starting with those that a reader waits for. Before the file has settled,
    /// hashing is only worthwhile for a reader: it gets those digests, but they are discarded with the job. A whole file is not worth that.
    /// </summary>
    public Claim? TryClaim(int limit)
    {
        lock (_gate)
        {
            var wanted = Digests.NextWanted();
            var isSettled = IsSettled;
            if (!_blocks.HasBegun || _blocks.IsClaimedOut || Digests.State != DigestsState.Pending || ((wanted is null || Whole is not null) && !isSettled))
                return null;
            LastWorked = _time.GetTimestamp();
            if (Begun == 0)
                Begun = LastWorked;
            IsSound &= isSettled;
            return new Claim(this, _blocks.Claim(wanted ?? 0, limit), isSettled);
        }
    }

    /// <summary>Adds the digests that a worker calculated.</summary>
    public void Finish(Claim claim, ReadOnlySpan<byte> calculated)
    {
        lock (_gate)
        {
            LastWorked = _time.GetTimestamp();
            _blocks.Finish(claim.Blocks);
            if (!Digests.TryPut(claim.Blocks.First, calculated))
                return;
            HashedBlocks += claim.Blocks.Count;
            HashedBytes += Digests.BytesOf(claim.Blocks);
            if (claim.IsSound)
                Unstored.Add(claim.Blocks);
        }
    }

    /// <summary>Takes back what a worker has begun: the rest of a whole file is hashed when it is this job's turn again.</summary>
    public void Return(Claim claim)
    {
        lock (_gate)
            _blocks.Return(claim.Blocks);
        Digests.Advance(Whole!.Position);
    }

    /// <summary>From now on only what is <see cref="Grant"/>ed is hashed here.</summary>
    /// <returns>False if all is claimed already.</returns>
    public bool TryShare()
    {
        lock (_gate)
            return _blocks.TryShare();
    }

    /// <summary>From now on all that is pending is hashed here.</summary>
    public void EndSharing()
    {
        lock (_gate)
            _blocks.EndSharing();
    }

    /// <summary>Allows the blocks of a shared job to be claimed.</summary>
    public void Grant(BlockRun run)
    {
        lock (_gate)
            _blocks.Grant(run);
    }

    /// <summary>Some of its digests may be wrong: they are not remembered.</summary>
    public void Doubt()
    {
        lock (_gate)
            IsSound &= IsRenewal;
    }

    /// <summary>Adds digests that another rd-api calculated; ignores what does not fit.</summary>
    public void Learn(DigestRun run)
    {
        if (!Fits(run, out var count))
            return;
        lock (_gate)
        {
            if (Digests.TryPut(run.First, run.Digests.Span))
                _blocks.Remove(new BlockRun(run.First, count));
        }
    }

    /// <summary>Whether the job has just finished: true once.</summary>
    public bool TryRetire() => !Interlocked.Exchange(ref _retired, true);

    // The store is outside the process and not trusted.
    private bool Fits(DigestRun run, out int count)
    {
        count = run.Digests.Length / Key.Algorithm.Size;
        return run.First >= 0 && run.Digests.Length % Key.Algorithm.Size == 0 && count <= Key.DigestCount - run.First;
    }
}
