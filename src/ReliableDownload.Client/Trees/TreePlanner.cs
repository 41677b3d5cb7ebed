namespace ReliableDownload.Client.Trees;

/// <summary>Decides for each name of the tree what is to be done, by what is on disk. Used by one thread.</summary>
internal sealed class TreePlanner : IDisposable
{
    private static readonly byte[] Staging = System.Text.Encoding.ASCII.GetBytes(ITreeTarget.StagingName);

    private readonly TreeRun _run;
    private readonly TreeOptions _tree;
    private readonly NameFilter _filter;
    private readonly Deletions? _deletions;
    private readonly FoundFiles _found;
    private readonly FolderAttributes _attributes;
    private long _missing;
    private TreePath? _refused;

    public TreePlanner(TreeRun run, TreeOptions tree)
    {
        (_run, _tree, _filter) = (run, tree, new NameFilter(tree));
        _attributes = new FolderAttributes(run);
        _found = new FoundFiles(run, tree.LinkFrom);
        _deletions = tree.Delete ? new Deletions(run, _filter, tree.MaxDelete, tree.DryRun ? Path.GetTempPath() : run.Target.StagingPath) : null;
        // Nor is it to be reached by another spelling.
        var staging = TreePath.In(null, Staging)!;
        run.Claims.Enter(staging);
        run.Claims.TryClaim(staging, run.Target.Look(staging));
    }

    /// <summary>Does what a line asks for, or has it done.</summary>
    public void Take(TreeLine line, int blockSize)
    {
        switch (line)
        {
            case TreeLine.Refused refused:
                _run.IsIncomplete = true;
                _run.Tally.AddFailed(refused.Name, refused.IsByServer ? DownloadOutcome.Http : DownloadOutcome.Protocol, refused.IsByServer ? $"the server says: {refused.Message}" : $"the name {refused.Message}, and is refused");
                break;
            case TreeLine.Folder { Path: var path } folder when MayBe(path):
                _deletions?.Pass(path, isFolder: true);
                // Nothing in it is wanted either.
                if (_filter.IsExcluded(path, isFolder: true))
                    break;
                Take(folder, isWanted: _filter.IsWanted(path, isFolder: true));
                break;
            case TreeLine.File { Path: var path, Facts: var facts } when MayBe(path):
                _deletions?.Pass(path, isFolder: false);
                if (_filter.IsWanted(path, isFolder: false))
                    TryTake(path, facts, blockSize);
                else
                    _found.Spare(path);
                break;
            default:
                break;
        }
    }

    /// <summary>Deletes what is on disk and was not in the list, which was read to its end.</summary>
    /// <param name="isGone">Whether a file or folder really is no longer on the server.</param>
    public void Delete(Func<TreePath, bool, bool> isGone)
    {
        if (_deletions is null)
            return;
        if (_run.IsIncomplete)
        {
            _run.Options.Tell("nothing is deleted, because the server's list is not complete or has names that were refused");
            return;
        }

        _deletions.End();
        if (_deletions.AreTooMany)
            throw new DownloadFailedException(DownloadOutcome.LocalFile, $"more than {_tree.MaxDelete} files and folders here are not on the server; nothing was deleted; if that is right, allow more with --max-delete");
        if (_deletions.Delete(_tree.DryRun, isGone) is > 0 and var stay)
            _run.Options.Tell($"{stay} files and folders are not deleted: no page of the server has a link to them, but it does not say that they are gone");
    }

    /// <summary>Gives the folders their times and modes, after everything else was done in them.</summary>
    public void FinishFolders() => _attributes.Apply();

    /// <inheritdoc cref="FoundFiles.RemoveLeftovers"/>
    public void RemoveLeftovers() => _found.RemoveLeftovers();

    /// <inheritdoc cref="FoundFiles.HasSpared"/>
    public bool HasSpared => _found.HasSpared;

    public void Dispose()
    {
        _found.Dispose();
        _deletions?.Dispose();
    }

    private bool MayBe(TreePath path)
    {
        if (path.Bytes.SequenceEqual(Staging) || path.IsIn(Staging))
            return Refuse(path, $"rd keeps the name '{ITreeTarget.StagingName}' for itself");
        if (_refused is { } folder && path.IsIn(folder.Bytes))
            return Refuse(path, "is in a folder that was refused");
        _run.Claims.Enter(path);
        return true;
    }

    private bool Refuse(TreePath path, string reason)
    {
        _run.IsIncomplete = true;
        _run.Tally.AddFailed(path.Text, DownloadOutcome.Protocol, reason);
        return false;
    }

    private void Take(TreeLine.Folder line, bool isWanted)
    {
        var folder = line.Path;
        var entry = _run.Target.Look(folder);
        if (!_run.Claims.TryClaim(folder, entry))
        {
            _refused = folder;
            Refuse(folder, NameClaims.Clash);
            return;
        }

        _attributes.Add(line);
        if (!isWanted)
            return;
        switch (entry.Kind)
        {
            case TreeEntryKind.Folder:
                break;
            case TreeEntryKind.Missing when _tree.DryRun:
                break;
            case TreeEntryKind.Missing:
                try
                {
                    MakeFolder(folder);
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

    // Where folders are not wanted for themselves, those above are not there yet.
    private void MakeFolder(TreePath folder)
    {
        if (_filter.HasIncludes && folder.Parent is { } above && _run.Target.Look(above).Kind == TreeEntryKind.Missing)
            MakeFolder(above);
        _run.Target.MakeFolder(folder);
        _run.Claims.AddFolder(folder);
    }

    // What the disk refuses of one file is no reason to leave the others.
    private void TryTake(TreePath path, FileFacts facts, int blockSize)
    {
        try
        {
            Take(path, facts, blockSize);
        }
        catch (DownloadFailedException error) when (error.Outcome == DownloadOutcome.LocalFile)
        {
            _run.Tally.AddFailed(path.Text, error.Outcome, error.Message, facts.Size);
        }
    }

    private void Take(TreePath path, FileFacts facts, int blockSize)
    {
        var entry = _run.Target.Look(path);
        if (!_run.Claims.TryClaim(path, entry))
        {
            Refuse(path, NameClaims.Clash);
            return;
        }

        _run.Tally.AddListed(Math.Max(0, facts.Size));
        switch (entry.Kind)
        {
            case TreeEntryKind.Blocked or TreeEntryKind.Folder or TreeEntryKind.Other:
                _run.Tally.AddFailed(path.Text, DownloadOutcome.LocalFile, entry.Obstacle ?? "is a file on the server, and something else here; remove it", facts.Size);
                return;
            case TreeEntryKind.File when facts.Size >= 0 && IsSame(path, entry, facts):
                Keep(path, facts, entry);
                return;
            default:
                break;
        }

        var file = new TreeFile(path, facts, entry.Kind != TreeEntryKind.Missing);
        if (_tree.DryRun)
        {
            _run.Options.Tell($"would {(file.Replaces ? "replace" : "fetch")} '{path}'{(facts.Size < 0 ? ", unless it is the same" : $", {facts.Size} bytes")}");
            _run.Tally.AddPlaced(file);
            return;
        }

        if (_filter.HasIncludes && path.Parent is { } folder && _run.Target.Look(folder).Kind == TreeEntryKind.Missing)
            MakeFolder(folder);
        if (_found.TryTake(file, blockSize) is { } found)
        {
            _run.Placer.Add(found);
            return;
        }

        var isLarge = facts.Size > blockSize || facts.Size < 0;
        // Of what is there in part, or changed, nobody knows yet how much is to come.
        if (!file.Replaces && !(isLarge && _found.IsBegun(path)))
        {
            _missing += Math.Max(0, facts.Size);
            _run.CheckRoom(_missing);
        }

        if (isLarge)
            _run.Large.Add(file);
        else
            _run.Small.Add(file);
    }

    // Without the server's times only the bytes can tell. Where the server does not know their digest yet, the file is fetched: then it will.
    private bool IsSame(TreePath path, TreeEntry entry, FileFacts facts)
    {
        if (entry.Size != facts.Size || !(_tree.CompareContent || !_run.Options.KeepServerTime))
            return _run.Target.IsOfTime(entry, facts);
        if (facts.Digest is not { } digest)
            return false;
        using var file = _run.Target.Open(path);
        return StagedName.DigestOf(file).AsSpan().SequenceEqual(digest);
    }

    private void Keep(TreePath path, FileFacts facts, TreeEntry entry)
    {
        var hasMode = facts.Mode is not { } mode || _run.Target.IsOfMode(entry, mode);
        var hasTime = !_run.Options.KeepServerTime || _run.Target.IsOfTime(entry, facts);
        if (!_tree.DryRun && !(hasMode && hasTime))
            _run.Target.Update(path, hasTime ? null : facts.Modified, facts.Mode);
        _run.Tally.AddKept(facts.Size);
    }
}
