namespace ReliableDownload.Client.Trees;

/// <summary>
/// What is on disk and no longer in the tree. The list and the names of each folder on disk are in the same order, so that one is enough in memory: each name that the list
/// passes by is one to be deleted. Nothing is deleted before the list was read to its end. Used by one thread.
/// </summary>
/// <param name="scratch">A folder for what is too much for the memory.</param>
internal sealed class Deletions(TreeRun run, NameFilter filter, int max, string scratch) : IDisposable
{
    private readonly Stack<OpenFolder> _open = new();

    // What is in a folder comes before it.
    private readonly PathList _found = new(scratch);

    // Names of the list that lead to something that is spelt otherwise here.
    private readonly List<TreePath> _aliases = [];
    private bool _isBegun;

    /// <summary>Whether there are more than may be deleted.</summary>
    public bool AreTooMany => _found.Count > max;

    /// <summary>The next name of the tree.</summary>
    public void Pass(TreePath path, bool isFolder)
    {
        Begin();
        while (_open.Peek().Path is { } open && !path.IsIn(open.Bytes))
            Close();
        var top = _open.Peek();
        while (top.TryPeek(out var name) && name.CompareWith(path) < 0)
            Find(top.Next());
        if (top.TryPeek(out var same) && same.CompareWith(path) == 0)
            top.Next();
        else if (run.Target.Look(path).Kind is not (TreeEntryKind.Missing or TreeEntryKind.Blocked))
            _aliases.Add(path);
        if (isFolder)
            _open.Push(new OpenFolder(path, NamesIn(path) ?? []));
    }

    /// <summary>The tree is at its end: all that is left on disk is to be deleted.</summary>
    public void End()
    {
        Begin();
        while (_open.Count > 0)
            Close();
    }

    /// <summary>Deletes what was found; or only tells of it.</summary>
    /// <param name="isGone">Whether a file or folder really is no longer on the server.</param>
    /// <returns>How many stay because they may still be there.</returns>
    public long Delete(bool isDryRun, Func<TreePath, bool, bool> isGone)
    {
        var stay = 0L;
        TreePath? stayed = null;
        var kept = _aliases.SelectMany(KeysOf).ToHashSet();
        var aliases = _aliases.Select(path => path.Text).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, isFolder) in _found.Read())
        {
            try
            {
                if (kept.Count > 0 && IsKept(path, kept, aliases))
                    continue;
                // What is in a folder comes right before it.
                if (stayed?.IsIn(path.Bytes) == true || !isGone(path, isFolder))
                {
                    (stayed, stay) = (path, stay + 1);
                    continue;
                }

                if (isDryRun)
                    run.Options.Tell($"would delete '{path}'");
                else
                    run.Target.Remove(path, isFolder);
                run.Tally.AddDeleted();
            }
            catch (DownloadFailedException error) when (error.Outcome == DownloadOutcome.LocalFile)
            {
                run.Tally.AddFailed(path.Text, error.Outcome, $"cannot be deleted: {error.Message}");
            }
        }

        return stay;
    }

    public void Dispose() => _found.Dispose();

    private IEnumerable<ulong> KeysOf(TreePath path)
    {
        if (run.Target.KeyOf(path) is { } nameKey)
            yield return nameKey;
        if (run.Target.KeyOf(run.Target.Look(path)) is { } key)
            yield return key;
    }

    // What is in a folder that is spelt otherwise here is found by the list's spelling, too.
    private bool IsKept(TreePath path, HashSet<ulong> kept, HashSet<string> aliases)
    {
        for (var above = path; above is not null; above = above.Parent)
        {
            if (!aliases.Contains(above.Text) && KeysOf(above).Any(kept.Contains))
                return true;
        }

        return false;
    }

    private void Begin()
    {
        if (_isBegun)
            return;
        _isBegun = true;
        _open.Push(new OpenFolder(null, NamesIn(null) ?? []));
    }

    private void Close()
    {
        var folder = _open.Pop();
        while (folder.TryPeek(out _))
            Find(folder.Next());
    }

    /// <returns>Whether all of it is to be deleted: a folder stays where something in it does.</returns>
    private bool Find(TreePath path)
    {
        var isFolder = run.Target.Look(path).Kind == TreeEntryKind.Folder;
        // What is not wanted from the server is not the server's to delete.
        var isAll = !AreTooMany && !filter.IsExcluded(path, isFolder);
        var names = isAll && isFolder ? NamesIn(path) : [];
        isAll &= names is not null;
        foreach (var name in names ?? [])
            isAll &= Find(name);
        isAll &= filter.IsWanted(path, isFolder);
        if (isAll)
            _found.Add(path, isFolder);
        return isAll;
    }

    /// <returns>Null where the disk does not tell.</returns>
    private List<TreePath>? NamesIn(TreePath? folder)
    {
        try
        {
            return folder is null || run.Target.Look(folder).Kind == TreeEntryKind.Folder ? run.Target.Names(folder) : [];
        }
        catch (DownloadFailedException error) when (error.Outcome == DownloadOutcome.LocalFile)
        {
            run.Tally.AddFailed(folder?.Text ?? run.Target.Path, error.Outcome, $"cannot be looked through for what is to be deleted, and stays: {error.Message}");
            return null;
        }
    }

    private sealed class OpenFolder(TreePath? path, List<TreePath> names)
    {
        private int _next;

        public TreePath? Path => path;

        public bool TryPeek(out TreePath name)
        {
            name = _next < names.Count ? names[_next] : null!;
            return _next < names.Count;
        }

        public TreePath Next() => names[_next++];
    }
}
