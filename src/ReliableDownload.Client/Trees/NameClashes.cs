namespace ReliableDownload.Client.Trees;

/// <summary>
/// Finds names that would be one on a file system that takes upper and lower case for the same. The list is in order, so only the names of the folders that it is in are kept. Used by
/// one thread.
/// </summary>
internal sealed class NameClashes
{
    private readonly Stack<(string? Folder, HashSet<string> Names)> _open = new([(null, [])]);

    /// <summary>Whether a name can be; a second one that differs from it only by case cannot, nor what is in it.</summary>
    public bool TryAdd(TreePath path, bool isFolder)
    {
        var above = path.Parent?.Text;
        while (_open.Count > 1 && !string.Equals(_open.Peek().Folder, above, StringComparison.Ordinal))
            _open.Pop();
        // Its folder was refused.
        if (!string.Equals(_open.Peek().Folder, above, StringComparison.Ordinal))
            return false;
        if (!_open.Peek().Names.Add(path.Text.ToUpperInvariant()))
            return false;
        if (isFolder)
            _open.Push((path.Text, []));
        return true;
    }
}
