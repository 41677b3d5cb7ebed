using ReliableDownload.Client.Disk;

namespace ReliableDownload.Client.Trees;

/// <summary>What is here already of files that the tree does not have yet: staged by an interrupted run, or in an earlier copy. Used by one thread.</summary>
internal sealed class FoundFiles : IDisposable
{
    private readonly TreeRun _run;
    private readonly ITreeTarget? _earlier;
    private readonly Dictionary<string, string> _staged = [];
    private readonly bool _hasLarge;

    /// <param name="linkFrom">As <see cref="EarlierCopy"/> gives it; null for none.</param>
    public FoundFiles(TreeRun run, string? linkFrom)
    {
        _run = run;
        _earlier = linkFrom is null ? null : TreeTarget.Open(linkFrom, isDryRun: true);
        foreach (var name in run.Target.StagedNames())
        {
            if (StagedName.HashIn(name) is { } hash)
                _staged.TryAdd(hash, name);
        }

        string[] folders = [run.Target.StagingPath, Path.Combine(run.Target.StagingPath, ITreeTarget.PartsName)];
        _hasLarge = Array.Exists(folders, folder => Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder, $"{StagedName.Large}*").Any());
    }

    /// <summary>Whether something is left to a later run.</summary>
    public bool HasSpared { get; private set; }

    /// <summary>Leaves to a later run what is here of a file that this one does not want.</summary>
    public void Spare(TreePath path) => HasSpared |= (_staged.Count > 0 && _staged.Remove(path.Hash)) || (_hasLarge && IsBegun(path));

    /// <summary>The folder of an earlier copy, by a path that may be a link: the user wrote it.</summary>
    /// <exception cref="DownloadFailedException">There is none.</exception>
    public static string EarlierCopy(string linkFrom)
    {
        var path = Path.GetFullPath(linkFrom);
        if (!Directory.Exists(path))
            throw new DownloadFailedException(DownloadOutcome.LocalFile, $"there is no folder '{path}' to link from; name that of an earlier copy, or leave --link-dest out");
        return DiskFailure.Guard(path, () => new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path);
    }

    /// <summary>Proves what is here of a file, and stages it.</summary>
    /// <returns>What is only to be placed; null if the file has to be fetched.</returns>
    public StagedFile? TryTake(TreeFile file, int blockSize) => TakeStaged(file) ?? TakeEarlier(file, blockSize);

    /// <summary>Whether an interrupted run fetched a part of this large file.</summary>
    public bool IsBegun(TreePath path) => Array.Exists(StagedName.PlacesOfLarge(path), name => _run.Target.LookStaged(name).Kind != TreeEntryKind.Missing);

    /// <summary>Removes what is left in the hidden folder of files that the tree no longer has.</summary>
    public void RemoveLeftovers()
    {
        foreach (var name in _staged.Values)
            _run.Target.Unstage(name);
    }

    public void Dispose() => _earlier?.Dispose();

    /// <summary>What an interrupted run fetched and proved, but did not place.</summary>
    private StagedFile? TakeStaged(TreeFile file)
    {
        if (_staged.Count == 0 || !_staged.Remove(file.Path.Hash, out var name))
            return null;
        bool isProven;
        using (var staged = _run.Target.OpenStaged(name, out var entry))
        {
            // What the disk could not take may still be whole in memory.
            if (staged is not null && OperatingSystem.IsLinux())
                FileCalls.DropCached(staged);
            isProven = staged is not null && entry.Size == file.Facts.Size && IsMeant(name, entry, file) && StagedName.IsProven(name, staged);
        }

        if (!isProven)
        {
            _run.Target.Unstage(name);
            return null;
        }

        // It may have been killed before it had set these, and they may be other ones on the server now.
        _run.Target.FinishStaged(name, _run.Options.KeepServerTime ? file.Facts.Modified : null, file.Facts.Mode);
        return new StagedFile(name, file, file.Facts.Size);
    }

    /// <summary>Takes a file from the earlier copy, if digests prove it; a large one is proven as any that is there already.</summary>
    private StagedFile? TakeEarlier(TreeFile file, int blockSize)
    {
        if (_earlier?.Look(file.Path) is not { Kind: TreeEntryKind.File } entry || !_run.Target.IsOfTime(entry, file.Facts))
            return null;
        if (file.Facts.Size > blockSize)
        {
            file.IsLinked = _run.Target.TryStageFrom(_earlier, file.Path, StagedName.OfLarge(file.Path), file.Facts.Mode);
            return null;
        }

        if (file.Facts.Digest is not { } digest)
            return null;
        var name = StagedName.Of(0, file.Path, digest);
        if (!_run.Target.TryStageFrom(_earlier, file.Path, name, file.Facts.Mode))
            return null;
        using (var staged = _run.Target.OpenStaged(name, out _))
            file.IsLinked = staged is not null && StagedName.IsProven(name, staged);
        if (file.IsLinked)
            return new StagedFile(name, file, file.Facts.Size);
        _run.Target.Unstage(name);
        return null;
    }

    // By its digest, or else by the time that it was given.
    private bool IsMeant(string name, TreeEntry entry, TreeFile file) =>
        file.Facts.Digest is { } digest ? StagedName.IsOf(name, digest) : _run.Target.IsOfTime(entry, file.Facts);
}
