namespace ReliableDownload.Client.Trees;

/// <summary>
/// Gives proven files their names, group by group: one flush for all of a group, then the renames. So a file under its name is whole after a power cut, and
/// 10,000 files do not wait for the disk 10,000 times. One thread runs it; any may add.
/// </summary>
internal sealed class TreePlacer(TreeRun run, TimeProvider clock)
{
    // So much is written again at the most after a power cut.
    private const int GroupFiles = 8192;
    private const long GroupBytes = 256 << 20;
    private static readonly TimeSpan GroupTime = TimeSpan.FromSeconds(2);

    // Connections wait where the disk is behind.
    private const int MaxWaiting = 4 * GroupFiles;
    private const int MaxHeld = 32 << 20; // bytes of memory, where paths are long
    private const int GroupHeld = MaxHeld / 4;

    private readonly object _lock = new();
    private List<StagedFile> _group = [];
    private long _bytes;
    private long _held;
    private long _since;
    private bool _isEnded;
    private bool _isStopped;

    // Of the folder that the newest refused file is for.
    private (TreePath? Of, List<TreePath> InFolder) _names = (null, []);

    /// <summary>Adds a proven file; waits while there are too many.</summary>
    public void Add(StagedFile file)
    {
        lock (_lock)
        {
            while ((_group.Count >= MaxWaiting || _held >= MaxHeld) && !_isStopped)
                Monitor.Wait(_lock);
            if (_group.Count == 0)
                _since = clock.GetTimestamp();
            _group.Add(file);
            _bytes += file.Size;
            _held += file.HeldBytes;
            if (_group.Count == 1 || IsFull)
                Monitor.PulseAll(_lock);
        }
    }

    /// <summary>No more will be added.</summary>
    public void EndAdding()
    {
        lock (_lock)
        {
            _isEnded = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Ends it at once; what is in no group yet stays in the hidden folder, and is found there the next time.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Places all that is added, to the end; then every name is flushed, too.</summary>
    public void Run()
    {
        while (TakeGroup() is { } group)
            Place(group);
        run.Target.FlushNames([], isLast: true);
    }

    private bool IsFull => _group.Count >= GroupFiles || _bytes >= GroupBytes || _held >= GroupHeld;

    private List<StagedFile>? TakeGroup()
    {
        lock (_lock)
        {
            while (!_isStopped && !_isEnded && !IsFull)
            {
                var left = _group.Count == 0 ? Timeout.InfiniteTimeSpan : GroupTime - clock.GetElapsedTime(_since);
                if (_group.Count > 0 && left <= TimeSpan.Zero)
                    break;
                Monitor.Wait(_lock, left);
            }

            if (_isStopped || _group.Count == 0)
                return null;
            var group = _group;
            (_group, _bytes, _held) = ([], 0, 0);
            Monitor.PulseAll(_lock);
            return group;
        }
    }

    private void Place(List<StagedFile> group)
    {
        var unflushed = group.Where(staged => !staged.IsFlushed).Select(staged => staged.Name).ToList();
        try
        {
            run.Target.Flush(unflushed);
        }
        catch (DownloadFailedException)
        {
            // Maybe they are whole in memory alone, and there the next run would prove them.
            unflushed.ForEach(run.Target.Unstage);
            throw;
        }

        // Folder by folder: connections bring them in another order.
        group.Sort(static (one, other) => one.File.Path.CompareWith(other.File.Path));
        foreach (var staged in group)
        {
            try
            {
                var path = staged.File.Path;
                run.Claims.AddFile(path, staged.Name);
                if (run.Target.Place(staged.Name, path, staged.File.Replaces))
                    run.Tally.AddPlaced(staged.File);
                else
                    Refuse(staged);
            }
            catch (DownloadFailedException error) when (error.Outcome == DownloadOutcome.LocalFile)
            {
                run.Tally.AddFailed(staged.File.Path.Text, error.Outcome, error.Message, staged.File.Facts.Size);
            }
        }

        _names = (null, []);
        run.Target.FlushNames([.. group.Select(staged => staged.File.Path)], isLast: false);
    }

    // Nothing was there when the list came by; what has the name now is another name of the list's, or somebody else's file.
    private void Refuse(StagedFile staged)
    {
        var path = staged.File.Path;
        if (_names.Of is not { } one || !one.Folder.SequenceEqual(path.Folder))
            _names = (path, run.Target.Names(path.Parent));
        run.Target.Unstage(staged.Name);
        if (_names.InFolder.BinarySearch(path, TreePath.Order) >= 0)
        {
            run.Tally.AddFailed(path.Text, DownloadOutcome.LocalFile, "was made here by another program meanwhile, and is left as it is", staged.File.Facts.Size);
            return;
        }

        run.IsIncomplete = true;
        run.Tally.AddFailed(path.Text, DownloadOutcome.Protocol, NameClaims.Clash, staged.File.Facts.Size);
    }
}
