using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Client.Trees;

/// <summary>Opens the folders below a tree's, each thread its own. Safe for threads.</summary>
internal sealed class LinuxFolders(SafeFileHandle root) : IDisposable
{
    // Each thread goes through the tree in its order, so that the folder it needs is mostly the one it had.
    private readonly ThreadLocal<OpenFolder> _last = new(static () => new OpenFolder(), trackAllValues: true);

    /// <summary>The folder that a path's last name is in, open until this thread asks for another; null where it cannot be opened.</summary>
    public SafeFileHandle? Of(TreePath path)
    {
        if (path.Folder.IsEmpty)
            return root;
        var last = _last.Value!;
        if (last.Handle is { } handle && path.Folder.SequenceEqual(last.Path))
            return handle;
        if (TreeCalls.OpenFolder(root, path.Folder, TreeCalls.FolderOnly) is not { } opened)
            return null;
        last.Handle?.Dispose();
        (last.Path, last.Handle) = (path.Folder.ToArray(), opened);
        return opened;
    }

    public void Dispose()
    {
        foreach (var folder in _last.Values)
            folder.Handle?.Dispose();
        _last.Dispose();
    }

    private sealed class OpenFolder
    {
        public byte[] Path { get; set; } = [];

        public SafeFileHandle? Handle { get; set; }
    }
}
