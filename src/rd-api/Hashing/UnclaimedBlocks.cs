using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The blocks of a file that no worker has claimed yet, as ordered runs; the number of runs depends on the gaps that workers left, not on
/// the number of blocks. Not thread-safe: its owner locks.
/// </summary>
internal sealed class UnclaimedBlocks
{
    private readonly List<BlockRun> _runs = [];

    /// <summary>None yet: they are <see cref="Return"/>ed one by one.</summary>
    public UnclaimedBlocks()
    {
    }

    /// <summary>All blocks that are pending in <paramref name="digests"/>.</summary>
    public UnclaimedBlocks(DigestTable digests)
    {
        for (var block = 0; block < digests.Count; block++)
        {
            var known = digests.KnownRun(block, int.MaxValue);
            var first = block += known;
            while (block < digests.Count && !digests.IsKnown(block))
                block++;
            if (block > first)
                _runs.Add(new BlockRun(first, block - first));
        }
    }

    public bool IsEmpty => _runs.Count == 0;

    public int Count => _runs.Sum(static run => run.Count);

    /// <summary>Claims the first blocks from <paramref name="from"/> on, or the first of all if there are none.</summary>
    /// <returns>A run of at most <paramref name="limit"/> blocks.</returns>
    public BlockRun Claim(int from, int limit)
    {
        var index = FirstEndingAfter(from);
        if (index == _runs.Count)
            (index, from) = (0, 0);
        var run = _runs[index];
        var first = Math.Max(run.First, from);
        var claimed = new BlockRun(first, Math.Min(limit, run.End - first));

        var before = run with { Count = claimed.First - run.First };
        var after = new BlockRun(claimed.End, run.End - claimed.End);
        if (before.Count > 0 && after.Count > 0)
        {
            _runs[index] = before;
            _runs.Insert(index + 1, after);
        }
        else if (before.Count + after.Count > 0)
        {
            _runs[index] = before.Count > 0 ? before : after;
        }
        else
        {
            _runs.RemoveAt(index);
        }

        return claimed;
    }

    /// <summary>Takes back what was claimed.</summary>
    public void Return(BlockRun run) => _runs.Insert(FirstEndingAfter(run.First), run);

    /// <summary>Leaves out those of <paramref name="run"/> that are among them.</summary>
    public void Remove(BlockRun run)
    {
        for (var index = FirstEndingAfter(run.First); index < _runs.Count && _runs[index].First < run.End;)
        {
            var old = _runs[index];
            _runs.RemoveAt(index);
            if (old.First < run.First)
                _runs.Insert(index++, new BlockRun(old.First, run.First - old.First));
            if (old.End > run.End)
                _runs.Insert(index++, new BlockRun(run.End, old.End - run.End));
        }
    }

    private int FirstEndingAfter(int block)
    {
        var (low, high) = (0, _runs.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_runs[middle].End > block)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
