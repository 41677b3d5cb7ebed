namespace ReliableDownload.Client.Trees;

/// <summary>What became of the files of a tree so far. Safe for threads.</summary>
internal sealed class TreeTally
{
    private readonly Lock _lock = new();
    private readonly List<(string, string)> _reasons = [];
    private long _files;
    private long _bytes;
    private long _kept;
    private long _fetched;
    private long _replaced;
    private long _linked;
    private long _unproven;
    private long _deleted;
    private long _failed;
    private long _bytesDone;
    private volatile bool _isListed;

    /// <summary>How the first file failed; null where none did.</summary>
    public DownloadOutcome? FirstFailure { get; private set; }

    public bool IsListed
    {
        get => _isListed;
        set => _isListed = value;
    }

    /// <summary>Whether the server told of any file.</summary>
    public bool HasFiles => Interlocked.Read(ref _files) > 0;

    public void AddListed(long size)
    {
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, size);
    }

    public void AddKept(long size)
    {
        Interlocked.Increment(ref _kept);
        Interlocked.Add(ref _bytesDone, Math.Max(0, size));
    }

    /// <summary>A file is proven and has its name.</summary>
    public void AddPlaced(TreeFile file)
    {
        Interlocked.Increment(ref file.IsLinked ? ref _linked : ref file.Replaces ? ref _replaced : ref _fetched);
        Interlocked.Add(ref _bytesDone, Math.Max(0, file.Facts.Size));
    }

    /// <summary>A file turned out to have so many bytes.</summary>
    public void AddSize(long size)
    {
        Interlocked.Add(ref _bytes, size);
        Interlocked.Add(ref _bytesDone, size);
    }

    /// <summary>A file is complete and in its place, but nothing proves it.</summary>
    public void AddUnproven() => Interlocked.Increment(ref _unproven);

    public void AddDeleted() => Interlocked.Increment(ref _deleted);

    /// <param name="size">In bytes; 0 for what is no file of the tree.</param>
    public void AddFailed(string path, DownloadOutcome outcome, string reason, long size = 0)
    {
        Interlocked.Add(ref _bytesDone, Math.Max(0, size));
        lock (_lock)
        {
            _failed++;
            FirstFailure ??= outcome;
            if (_reasons.Count < TreeResult.MaxReasons)
                _reasons.Add((path, reason));
        }
    }

    public TreeProgress Progress(long bytesFetched, int retries) => new(
        Interlocked.Read(ref _files), Interlocked.Read(ref _bytes), IsListed,
        Interlocked.Read(ref _kept) + Interlocked.Read(ref _fetched) + Interlocked.Read(ref _replaced) + Interlocked.Read(ref _linked), Interlocked.Read(ref _bytesDone), bytesFetched, Interlocked.Read(ref _failed), retries);

    /// <summary><paramref name="result"/> with the counts.</summary>
    public TreeResult AddTo(TreeResult result)
    {
        lock (_lock)
        {
            return result with
            {
                Outcome = result.Outcome != DownloadOutcome.Complete ? result.Outcome : FirstFailure ?? (Interlocked.Read(ref _unproven) > 0 ? DownloadOutcome.Unproven : DownloadOutcome.Complete),
                Unproven = Interlocked.Read(ref _unproven),
                Files = Interlocked.Read(ref _files),
                Bytes = Interlocked.Read(ref _bytes),
                Fetched = Interlocked.Read(ref _fetched),
                Replaced = Interlocked.Read(ref _replaced),
                Linked = Interlocked.Read(ref _linked),
                Kept = Interlocked.Read(ref _kept),
                Deleted = Interlocked.Read(ref _deleted),
                Failed = _failed,
                Reasons = [.. _reasons],
            };
        }
    }
}
