namespace ReliableDownload.Api.Hashing;

/// <summary>The blocks whose digests are not in the store yet. Not thread-safe: its owner locks.</summary>
internal sealed class UnstoredBlocks
{
    private List<BlockRun> _runs = [];

    public bool IsEmpty => _runs.Count == 0;

    public int Count => _runs.Sum(static run => run.Count);

    public void Add(BlockRun run)
    {
        // A worker's claims are mostly adjacent: merge them into one entry.
        if (_runs.Count > 0 && _runs[^1].End == run.First)
            _runs[^1] = _runs[^1] with { Count = _runs[^1].Count + run.Count };
        else
            _runs.Add(run);
    }

    /// <summary>Removes and returns the first blocks, in order and with adjacent runs merged.</summary>
    /// <param name="limit">The maximum number of blocks.</param>
    public IReadOnlyList<BlockRun> Remove(int limit)
    {
        var (all, removed) = (_runs, new List<BlockRun>());
        all.Sort(static (a, b) => a.First.CompareTo(b.First));
        _runs = [];
        foreach (var run in all)
            Add(run);
        var count = 0;
        while (count < _runs.Count && limit > 0)
        {
            var run = _runs[count];
            var part = run with { Count = Math.Min(limit, run.Count) };
            removed.Add(part);
            limit -= part.Count;
            if (part.Count == run.Count)
                count++;
            else
                _runs[count] = new BlockRun(part.End, run.Count - part.Count);
        }

        _runs.RemoveRange(0, count);
        return removed;
    }
}
