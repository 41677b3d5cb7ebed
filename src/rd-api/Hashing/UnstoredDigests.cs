using ReliableDownload.Api.Cache;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>The digests of one job that the store may not have. Thread-safe.</summary>
/// <param name="gate">The job's lock: only known digests are listed, and once all are known the list is complete.</param>
internal sealed class UnstoredDigests(FileDigests digests, Lock gate)
{
    private readonly UnstoredBlocks _blocks = new();

    // They may be put back.
    private bool _areBeingStored;

    /// <summary>Whether the store is to delete its digests of this content.</summary>
    public bool IsStoreWrong { get; set; }

    /// <summary>Whether there is anything to do; also while digests are being stored.</summary>
    public bool IsAny
    {
        get
        {
            lock (gate)
                return IsStoreWrong || _areBeingStored || !_blocks.IsEmpty;
        }
    }

    /// <summary>How many blocks there are.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return _blocks.Count;
        }
    }

    /// <summary>Adds blocks whose digests were calculated.</summary>
    public void Add(BlockRun run)
    {
        lock (gate)
            _blocks.Add(run);
    }

    /// <summary>Has what is known of some blocks stored, again.</summary>
    public void AddKnown(BlockRun run)
    {
        lock (gate)
        {
            for (int first = run.First, count; first < run.End; first += count + 1)
            {
                count = digests.Read(table => table.KnownRun(first, run.End - first));
                if (count > 0)
                    _blocks.Add(new BlockRun(first, count));
            }
        }
    }

    /// <summary>Removes and returns runs that are to be stored, at most <paramref name="limit"/> blocks. The job counts as unstored until the next call finds nothing.</summary>
    public IReadOnlyList<DigestRun> Remove(int limit)
    {
        IReadOnlyList<BlockRun> runs;
        lock (gate)
        {
            runs = _blocks.Remove(limit);
            _areBeingStored = runs.Count > 0;
        }

        return [.. runs.Select(run => new DigestRun(run.First, digests.Read(table => table.Run(run.First, run.Count))))];
    }

    /// <summary>Puts back runs that could not be stored.</summary>
    public void Return(IReadOnlyList<DigestRun> runs)
    {
        lock (gate)
        {
            _areBeingStored = false;
            foreach (var run in runs)
                _blocks.Add(new BlockRun(run.First, run.Digests.Length / digests.Key.Algorithm.Size));
        }
    }
}
