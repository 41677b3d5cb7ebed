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

    private readonly object _lock = new();
    private List<StagedFile> _group = [];
    private long _bytes;
    private long _since;
    private bool _isEnded;
    private bool _isStopped;

    /// <summary>Adds a proven file; waits while there are too many.</summary>
    public void Add(StagedFile file)
    {
        lock (_lock)
        {
            while (_group.Count >= MaxWaiting && !_isStopped)
                Monitor.Wait(_lock);
            if (_group.Count == 0)
                _since = clock.GetTimestamp();
            _group.Add(file);
            _bytes += file.Size;
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

    private bool IsFull => _group.Count >= GroupFiles || _bytes >= GroupBytes;

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
            (_group, _bytes) = ([], 0);
            Monitor.PulseAll(_lock);
            return group;
        }
    }

    private void Place(List<StagedFile> group)
    {
        run.Target.Flush([.. group.Where(staged => !staged.IsFlushed).Select(staged => staged.Name)]);
        // Folder by folder: connections bring them in another order.
        group.Sort(static (one, other) => one.File.Path.CompareWith(other.File.Path));
        foreach (var staged in group)
        {
            try
            {
                run.Target.Place(staged.Name, staged.File.Path);
                run.Tally.AddPlaced(staged.File);
            }
            catch (DownloadFailedException error) when (error.Outcome == DownloadOutcome.LocalFile)
            {
                run.Tally.AddFailed(staged.File.Path.Text, error.Outcome, error.Message, staged.File.Facts.Size);
            }
        }

        run.Target.FlushNames([.. group.Select(staged => staged.File.Path)], isLast: false);
    }
}
