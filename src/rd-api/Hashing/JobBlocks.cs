using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Which blocks of a job are to be hashed here, and at which of them workers are. Alone, those are all that are pending; shared, those that were granted, because
/// other rd-api hash the rest. Not thread-safe: its owner locks.
/// </summary>
internal sealed class JobBlocks(FileDigests digests)
{
    private readonly List<BlockRun> _underWay = [];
    private UnclaimedBlocks? _unclaimed;

    public bool HasBegun => _unclaimed is not null;

    public bool IsShared { get; private set; }

    /// <summary>Whether nothing waits for a worker any more; not before the beginning.</summary>
    public bool IsClaimedOut => _unclaimed is { IsEmpty: true };

    /// <summary>How many wait for a worker.</summary>
    public int UnclaimedCount => _unclaimed?.Count ?? 0;

    /// <summary>How many workers are at.</summary>
    public int UnderWayCount => _underWay.Sum(static run => run.Count);

    public void Begin(bool isShared)
    {
        IsShared = isShared;
        _unclaimed = isShared ? new UnclaimedBlocks() : AllPending();
    }

    /// <summary>Claims blocks for a worker, from <paramref name="from"/> on if there are some.</summary>
    /// <param name="from">A block.</param>
    /// <param name="limit">How many at most.</param>
    public BlockRun Claim(int from, int limit)
    {
        var blocks = _unclaimed!.Claim(from, limit);
        _underWay.Add(blocks);
        return blocks;
    }

    /// <summary>A worker has hashed what it claimed.</summary>
    public void Finish(BlockRun claimed) => _underWay.Remove(claimed);

    /// <summary>A worker gives back what it claimed.</summary>
    public void Return(BlockRun claimed)
    {
        _underWay.Remove(claimed);
        _unclaimed!.Return(claimed);
    }

    /// <summary>Others have hashed some.</summary>
    public void Remove(BlockRun run) => _unclaimed?.Remove(run);

    /// <returns>False if it is shared, or all is claimed already.</returns>
    public bool TryShare()
    {
        if (_unclaimed is null or { IsEmpty: true } || IsShared)
            return false;
        _unclaimed = new UnclaimedBlocks();
        return IsShared = true;
    }

    public void EndSharing()
    {
        IsShared = false;
        _unclaimed = AllPending();
        foreach (var run in _underWay)
            _unclaimed.Remove(run);
    }

    /// <summary>Adds blocks to those of a shared job that are hashed here.</summary>
    public void Grant(BlockRun run)
    {
        _unclaimed!.Remove(run);
        foreach (var pending in digests.Read(table => PendingIn(table, run)))
            _unclaimed.Return(pending);
        foreach (var other in _underWay)
            _unclaimed.Remove(other);
    }

    private UnclaimedBlocks AllPending() => digests.Read(static table => new UnclaimedBlocks(table));

    private static List<BlockRun> PendingIn(DigestTable table, BlockRun run)
    {
        var pending = new List<BlockRun>();
        for (int first = run.First, end; first < run.End; first = end)
        {
            first += table.KnownRun(first, run.End - first);
            for (end = first; end < run.End && !table.IsKnown(end);)
                end++;
            if (end > first)
                pending.Add(new BlockRun(first, end - first));
        }

        return pending;
    }
}
