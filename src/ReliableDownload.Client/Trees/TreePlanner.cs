namespace ReliableDownload.Client.Trees;

/// <summary>Decides for each name of the tree what is to be done, by what is on disk. Used by one thread.</summary>
internal sealed class TreePlanner
{
    private readonly TreeRun _run;
    private readonly Dictionary<string, string> _staged = [];
    private long _missing;

    public TreePlanner(TreeRun run)
    {
        _run = run;
        foreach (var name in run.Target.StagedNames())
        {
            if (StagedName.HashIn(name) is { } hash)
                _staged.TryAdd(hash, name);
        }
    }

    /// <summary>Does what a line asks for, or has it done.</summary>
    public void Take(TreeLine line, int blockSize)
    {
        switch (line)
        {
            case TreeLine.Refused refused:
                _run.Tally.AddFailed(refused.Name, refused.IsByServer ? DownloadOutcome.Http : DownloadOutcome.Protocol, refused.IsByServer ? $"the server says: {refused.Message}" : $"the name {refused.Message}, and is refused");
                break;
            case TreeLine.Folder { Path: var path } when MayBe(path):
                Take(path);
                break;
            case TreeLine.File { Path: var path, Facts: var facts } when MayBe(path):
                _run.Tally.AddListed(facts.Size);
                Take(path, facts, blockSize);
                break;
            default:
                break;
        }
    }

    /// <summary>Removes what is left in the hidden folder of files that the tree no longer has.</summary>
    public void RemoveLeftovers()
    {
        foreach (var name in _staged.Values)
            _run.Target.Unstage(name);
    }

    private bool MayBe(TreePath path)
    {
        if (!path.Bytes.StartsWith(System.Text.Encoding.ASCII.GetBytes(ITreeTarget.StagingName)) || (path.Bytes.Length > ITreeTarget.StagingName.Length && path.Bytes[ITreeTarget.StagingName.Length] != '/'))
            return true;
        _run.Tally.AddFailed(path.Text, DownloadOutcome.Protocol, $"rd keeps the name '{ITreeTarget.StagingName}' for itself");
        return false;
    }

    private void Take(TreePath folder)
    {
        var entry = _run.Target.Look(folder);
        switch (entry.Kind)
        {
            case TreeEntryKind.Folder:
                break;
            case TreeEntryKind.Missing:
                try
                {
                    _run.Target.MakeFolder(folder);
                }
                catch (DownloadFailedException error) when (error.Outcome == DownloadOutcome.LocalFile)
                {
                    _run.Tally.AddFailed(folder.Text, error.Outcome, error.Message);
                }

                break;
            default:
                _run.Tally.AddFailed(folder.Text, DownloadOutcome.LocalFile, entry.Obstacle ?? "is a folder on the server, and something else here; remove it");
                break;
        }
    }

    private void Take(TreePath path, FileFacts facts, int blockSize)
    {
        var entry = _run.Target.Look(path);
        switch (entry.Kind)
        {
            case TreeEntryKind.Blocked or TreeEntryKind.Folder or TreeEntryKind.Other:
                _run.Tally.AddFailed(path.Text, DownloadOutcome.LocalFile, entry.Obstacle ?? "is a file on the server, and something else here; remove it", facts.Size);
                return;
            case TreeEntryKind.File when IsSame(entry, facts):
                Keep(path, facts, entry);
                return;
            default:
                break;
        }

        var file = new TreeFile(path, facts, entry.Kind != TreeEntryKind.Missing);
        if (FindStaged(file) is { } staged)
        {
            _run.Placer.Add(staged);
            return;
        }

        _missing += facts.Size;
        _run.CheckRoom(_missing);
        if (facts.Size > blockSize)
            _run.Large.Add(file);
        else
            _run.Small.Add(file);
    }

    // A file whose times nobody kept says nothing by its time.
    private bool IsSame(TreeEntry entry, FileFacts facts) => entry.Size == facts.Size && facts.Modified is { } modified && entry.Modified == modified;

    private void Keep(TreePath path, FileFacts facts, TreeEntry entry)
    {
        _run.Tally.AddKept(facts.Size);
        if (facts.Mode is { } mode && _run.Target.ModeOf(mode) is var wanted && wanted != (entry.Mode & 0x1FF))
            _run.Target.SetMode(path, wanted);
    }

    /// <summary>What an interrupted run fetched and proved, but did not place.</summary>
    private StagedFile? FindStaged(TreeFile file)
    {
        if (_staged.Count == 0 || !_staged.Remove(file.Path.Hash, out var name))
            return null;
        using (var staged = _run.Target.OpenStaged(name, out var entry))
        {
            if (staged is not null && IsSame(entry, file.Facts) && (file.Facts.Digest is not { } digest || name == StagedName.Of(file.Path, digest)) && StagedName.IsProven(name, staged))
                return new StagedFile(name, file, file.Facts.Size);
        }

        _run.Target.Unstage(name);
        return null;
    }
}
