namespace ReliableDownload.Client.Trees;

/// <summary>
/// Which entries of the disk the names of a tree stand for: where two stand for one, by upper and lower case or by their Unicode form, the second would take the first one's
/// place. The list is in order, so only the folders that it is in are remembered. Safe for threads: the list's reader, and who gives files their names.
/// </summary>
internal sealed class NameClaims(ITreeTarget target)
{
    /// <summary>Why a name is refused, to be read behind it.</summary>
    public const string Clash = "is the same as another name of the list on this file system, by upper and lower case or by its Unicode form";

    private readonly Lock _lock = new();
    private readonly Stack<OpenFolder> _open = new();

    /// <summary>The list has come to this name.</summary>
    public void Enter(TreePath path)
    {
        lock (_lock)
        {
            while (_open.TryPeek(out var top) && !path.Folder.SequenceEqual(top.Path) && !path.IsIn(top.Path))
                _open.Pop();
            if (!_open.TryPeek(out var folder) || !path.Folder.SequenceEqual(folder.Path))
                _open.Push(new OpenFolder(path.Folder.ToArray()));
        }
    }

    /// <summary>Claims what a name of the list stands for; false where another name has it.</summary>
    /// <param name="entry">What is on disk under it.</param>
    public bool TryClaim(TreePath path, TreeEntry entry)
    {
        lock (_lock)
        {
            if (Find(path) is not { } folder)
                return true;
            if (target.KeyOf(path) is { } nameKey && !folder.Keys.Add(nameKey))
                return false;
            // A file can have several names of its own.
            return target.KeyOf(entry) is not { } key || folder.Keys.Add(key) || (entry.Links > 1 && entry.Kind != TreeEntryKind.Folder && Has(folder, path));
        }
    }

    /// <summary>A folder was made: names that lead to it, too, are to be found.</summary>
    public void AddFolder(TreePath path)
    {
        lock (_lock)
        {
            if (Find(path) is { } folder && target.KeyOf(target.Look(path)) is { } key)
                folder.Keys.Add(key);
        }
    }

    /// <summary>A staged file is about to get its name: from now on others that lead to it are found.</summary>
    public void AddFile(TreePath path, string staged)
    {
        lock (_lock)
        {
            // Most are placed when the list is far beyond them.
            if (Find(path) is { } folder && target.KeyOf(target.LookStaged(staged)) is { } key)
                folder.Keys.Add(key);
        }
    }

    private OpenFolder? Find(TreePath path)
    {
        foreach (var folder in _open)
        {
            if (path.Folder.SequenceEqual(folder.Path))
                return folder;
        }

        return null;
    }

    private bool Has(OpenFolder folder, TreePath path)
    {
        folder.Names ??= target.Names(path.Parent);
        return folder.Names.BinarySearch(path, TreePath.Order) >= 0;
    }

    private sealed class OpenFolder(byte[] path)
    {
        public byte[] Path => path;

        public KeySet Keys { get; } = new();

        // Read when it is asked for, once.
        public List<TreePath>? Names { get; set; }
    }
}
