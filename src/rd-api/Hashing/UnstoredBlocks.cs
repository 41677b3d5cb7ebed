namespace ReliableDownload.Api.Hashing;

/// <summary>The blocks whose digests are not in the store yet. Not safe for threads: its owner locks.</summary>
internal sealed class UnstoredBlocks
{
    private readonly List<BlockRun> _runs = [];

    public bool IsEmpty => _runs.Count == 0;

    public void Add(BlockRun run)
    {
        // One worker's claims mostly follow each other: one entry for all of them.
        if (_runs.Count > 0 && _runs[^1].End == run.First)
            _runs[^1] = _runs[^1] with { Count = _runs[^1].Count + run.Count };
        else
            _runs.Add(run);
    }

    /// <summary>Takes all, in order, those that touch made one.</summary>
    public IReadOnlyList<BlockRun> TakeAll()
    {
        _runs.Sort(static (a, b) => a.First.CompareTo(b.First));
        BlockRun[] sorted = [.. _runs];
        _runs.Clear();
        foreach (var run in sorted)
            Add(run);
        BlockRun[] merged = [.. _runs];
        _runs.Clear();
        return merged;
    }

    public void Clear() => _runs.Clear();
}
