using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Client.Disk;

namespace ReliableDownload.Client.Trees;

/// <summary>A tree's folder on a Linux disk: names are bytes, and the kernel refuses links (<c>openat2</c> with <c>RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS</c>).</summary>
internal sealed class LinuxTreeTarget : ITreeTarget
{
    private const int NewFileMode = 0x1B6; // 0666
    private const int NewFolderMode = 0x1FF; // 0777
    private const int OwnMode = 0x1C0; // 0700
    private const int OwnerReadsAndWrites = 0x180;

    // Flushed one by one, as the flush of a whole file system waits for what others wrote, too.
    private const int FewFiles = 8;

    private static readonly byte[] Staging = Encoding.ASCII.GetBytes(ITreeTarget.StagingName);

    private readonly SafeFileHandle _root;
    private readonly SafeFileHandle _staging;
    private readonly SafeFileHandle _lock;
    private readonly int _mask = TreeCalls.Mask();

    private readonly List<TreePath> _unflushed = [];

    // Each thread goes through the tree in its order, so that the folder it needs is mostly the one it had.
    private readonly ThreadLocal<OpenFolder> _last = new(static () => new OpenFolder(), trackAllValues: true);

    /// <summary>Opens the folder, and makes it where it is missing.</summary>
    /// <param name="isDryRun">Whether nothing is made, locked or changed: then only what is there can be looked at.</param>
    /// <exception cref="DownloadFailedException">It cannot be used, or another rd is at it.</exception>
    public LinuxTreeTarget(string path, bool isDryRun)
    {
        Path = path;
        if (isDryRun)
        {
            _root = _staging = _lock = TreeCalls.OpenRoot(path, TreeCalls.ReadFolder) ?? new SafeFileHandle();
            return;
        }

        Directory.CreateDirectory(path);
        _root = TreeCalls.OpenRoot(path, TreeCalls.ReadFolder) ?? throw Failed(
            Marshal.GetLastPInvokeError() is TreeCalls.ELOOP or TreeCalls.ENOTDIR ? $"'{path}' is a symbolic link or no folder; remove it, or choose another folder with -o" : $"'{path}': {LastError()}");
        try
        {
            if (!TreeCalls.MakeFolder(_root, Staging, OwnMode) && Marshal.GetLastPInvokeError() != TreeCalls.EEXIST)
                throw NewError(StagingPath);
            _staging = TreeCalls.OpenFolder(_root, Staging, TreeCalls.ReadFolder) ?? throw Failed($"'{StagingPath}' is in the way and no folder of rd's; remove it");
            // Somebody else's could be changed under our hands.
            if (TreeCalls.Status(_staging, default) is not { } status || status.Owner != TreeCalls.User)
                throw Failed($"'{StagingPath}' belongs to another user; remove it");
            TreeCalls.SetMode(_staging, OwnMode);
            _lock = TreeCalls.OpenFile(_staging, "lock"u8, forWriting: true) ?? throw NewError(StagingPath);
            if (!FileCalls.TryLock(_lock))
                throw new DownloadFailedException(DownloadOutcome.InUse, $"another rd is downloading into '{path}'; wait for it, or stop it");
            FoldsCase = TreeCalls.Status(_staging, "LOCK"u8) is not null;
            if (TreeCalls.SetTime(_lock, TreeTime.Probe) && TreeCalls.Status(_staging, "lock"u8) is { Modified: var kept })
                TimeUnit = TreeTime.UnitOf(kept);
            for (var folder = 0; folder < StagedName.Folders; folder++)
                TreeCalls.MakeFolder(_staging, Encoding.ASCII.GetBytes($"{folder}"), OwnMode);
        }
        catch
        {
            _lock?.Dispose();
            _staging?.Dispose();
            _root.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public string StagingPath => System.IO.Path.Combine(Path, ITreeTarget.StagingName);

    public long TimeUnit { get; } = 1;

    public bool FoldsCase { get; }

    public TreeEntry Look(TreePath path)
    {
        if (_root.IsInvalid)
            return new TreeEntry(TreeEntryKind.Missing);
        if (FolderOf(path) is { } folder)
            return TreeCalls.Status(folder, path.Name) ?? new TreeEntry(TreeEntryKind.Missing);
        return Marshal.GetLastPInvokeError() switch
        {
            TreeCalls.ENOENT => new TreeEntry(TreeEntryKind.Missing),
            TreeCalls.ELOOP or TreeCalls.EXDEV => new TreeEntry(TreeEntryKind.Blocked) { Obstacle = "a symbolic link is in the way here" },
            TreeCalls.ENOTDIR => new TreeEntry(TreeEntryKind.Blocked) { Obstacle = "a file or a symbolic link is in the way here, where the server has a folder" },
            var error => new TreeEntry(TreeEntryKind.Blocked) { Obstacle = Marshal.GetPInvokeErrorMessage(error) },
        };
    }

    public void MakeFolder(TreePath path)
    {
        if (!TreeCalls.MakeFolder(Above(path), path.Name, NewFolderMode))
            throw NewError(path.Text);
    }

    public SafeFileHandle Stage(string name)
    {
        var bytes = Encoding.ASCII.GetBytes(name);
        var file = TreeCalls.CreateFile(_staging, bytes, NewFileMode);
        if (file is null && Marshal.GetLastPInvokeError() == TreeCalls.EEXIST && TreeCalls.Remove(_staging, bytes, isFolder: false))
            file = TreeCalls.CreateFile(_staging, bytes, NewFileMode);
        return file ?? throw NewError(StagingPath);
    }

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> data)
    {
        if (!TreeCalls.Write(file, data))
            throw NewError(StagingPath);
    }

    public void Finish(SafeFileHandle file, long? modified, int? mode)
    {
        // The mode that it was made with is right for most files.
        if (mode is { } bits && ModeOf(bits) != (NewFileMode & ~_mask) && !TreeCalls.SetMode(file, ModeOf(bits)))
            throw NewError(StagingPath);
        if (modified is { } time && !TreeCalls.SetTime(file, time))
            throw NewError(StagingPath);
    }

    public void FinishStaged(string name, long? modified, int? mode)
    {
        using var file = OpenStaged(name, out _) ?? throw NewError(StagingPath);
        Finish(file, modified, mode);
    }

    public SafeFileHandle? OpenStaged(string name, out TreeEntry entry)
    {
        var file = TreeCalls.OpenFile(_staging, Encoding.ASCII.GetBytes(name));
        entry = file is null ? default : TreeCalls.Status(file, default) ?? default;
        return file;
    }

    public bool IsOfMode(TreeEntry entry, int mode) => ModeOf(mode) == (entry.Mode & NewFolderMode);

    public void Update(TreePath path, long? modified, int? mode)
    {
        using var file = Open(path);
        Finish(file, modified, mode);
    }

    public void Flush(IReadOnlyCollection<string> staged)
    {
        if (staged.Count > FewFiles)
        {
            FlushAll();
            return;
        }

        foreach (var name in staged)
        {
            using var file = TreeCalls.OpenFile(_staging, Encoding.ASCII.GetBytes(name));
            if (file is null || !TreeCalls.Flush(file))
                throw NewError(StagingPath);
        }
    }

    // The next group's flush is one of all names, too.
    public void FlushNames(IReadOnlyCollection<TreePath> files, bool isLast)
    {
        _unflushed.AddRange(files.Take(FewFiles + 1));
        if (!isLast)
            return;
        if (_unflushed.Count > FewFiles)
        {
            FlushAll();
            return;
        }

        foreach (var folder in _unflushed.DistinctBy(file => file.Parent?.Text))
        {
            using var opened = folder.Folder.IsEmpty ? null : TreeCalls.OpenFolder(_root, folder.Folder, TreeCalls.ReadFolder);
            if (!TreeCalls.Flush(opened ?? _root))
                throw NewError(folder.Text);
        }
    }

    public void Place(string staged, TreePath path)
    {
        if (!TreeCalls.Rename(_staging, Encoding.ASCII.GetBytes(staged), Above(path), path.Name))
            throw NewError(path.Text);
        // Where both names are of the same file, renaming does nothing.
        if (staged.StartsWith(StagedName.Large, StringComparison.Ordinal))
            Unstage(staged);
    }

    public bool TryLinkToStaging(TreePath path, string name) =>
        FolderOf(path) is { } folder && TreeCalls.Link(folder, path.Name, _staging, Encoding.ASCII.GetBytes(name));

    public bool TryStageFrom(ITreeTarget other, TreePath path, string name)
    {
        if (other is not LinuxTreeTarget tree || tree.FolderOf(path) is not { } folder || TreeCalls.Status(folder, path.Name) is not { Kind: TreeEntryKind.File } entry)
            return false;
        Unstage(name);
        var staged = Encoding.ASCII.GetBytes(name);
        using (var source = TreeCalls.OpenFile(folder, path.Name))
        using (var clone = source is null ? null : TreeCalls.CreateFile(_staging, staged, NewFileMode))
        {
            if (source is not null && clone is not null && TreeCalls.Clone(source, clone))
            {
                Finish(clone, entry.Modified, entry.Mode);
                return true;
            }
        }

        Unstage(name);
        return TreeCalls.Link(folder, path.Name, _staging, staged);
    }

    public bool IsSame(string staged, TreePath path) =>
        TreeCalls.Status(_staging, Encoding.ASCII.GetBytes(staged)) is { } one && FolderOf(path) is { } folder && TreeCalls.Status(folder, path.Name) is { } other && one.Inode == other.Inode;

    public SafeFileHandle Open(TreePath path) => TreeCalls.OpenFile(Above(path), path.Name) ?? throw NewError(path.Text);

    public IEnumerable<string> StagedNames() => Enumerable.Range(0, StagedName.Folders)
        .Select(folder => System.IO.Path.Combine(StagingPath, $"{folder}")).Where(Directory.Exists)
        .SelectMany(Directory.EnumerateFiles).Select(name => System.IO.Path.GetRelativePath(StagingPath, name));

    public IReadOnlyList<TreePath> Names(TreePath? folder)
    {
        if (_root.IsInvalid)
            return [];
        using var opened = folder is null ? TreeCalls.OpenFolder(_root, "."u8, TreeCalls.ReadFolder) : TreeCalls.OpenFolder(_root, folder.Bytes, TreeCalls.ReadFolder);
        if (opened is null)
            throw NewError(folder?.Text ?? Path);
        var names = new List<TreePath>();
        if (!TreeCalls.ReadNames(opened, name =>
        {
            if (TreePath.In(folder, name) is { } path && !(folder is null && name.SequenceEqual(Staging)))
                names.Add(path);
        }))
            throw NewError(folder?.Text ?? Path);
        names.Sort(TreePath.Order);
        return names;
    }

    public void Remove(TreePath path, bool isFolder)
    {
        if (!TreeCalls.Remove(Above(path), path.Name, isFolder))
            throw NewError(path.Text);
    }

    public void Unstage(string name) => TreeCalls.Remove(_staging, Encoding.ASCII.GetBytes(name), isFolder: false);

    public void RemoveStaging()
    {
        for (var folder = 0; folder < StagedName.Folders; folder++)
            TreeCalls.Remove(_staging, Encoding.ASCII.GetBytes($"{folder}"), isFolder: true);
        TreeCalls.Remove(_staging, Encoding.ASCII.GetBytes(ITreeTarget.PartsName), isFolder: true);
        Unstage("lock");
        TreeCalls.Remove(_root, Staging, isFolder: true);
    }

    public void Dispose()
    {
        foreach (var folder in _last.Values)
            folder.Handle?.Dispose();
        _last.Dispose();
        _lock.Dispose();
        _staging.Dispose();
        _root.Dispose();
    }

    private void FlushAll()
    {
        if (!TreeCalls.FlushFileSystem(_root))
            throw NewError(Path);
        _unflushed.Clear();
    }

    private int ModeOf(int mode) => (mode & NewFolderMode & ~_mask) | OwnerReadsAndWrites;

    private static DownloadFailedException Failed(string message) => new(DownloadOutcome.LocalFile, message);

    private static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    private static DownloadFailedException NewError(string path) => DiskFailure.Of(new IOException(LastError(), Marshal.GetLastPInvokeError()), path);

    private SafeFileHandle Above(TreePath path) => FolderOf(path) ?? throw NewError(path.Text);

    /// <summary>The folder that a path's last name is in; null where it cannot be opened.</summary>
    private SafeFileHandle? FolderOf(TreePath path)
    {
        if (path.Folder.IsEmpty)
            return _root;
        var last = _last.Value!;
        if (last.Handle is { } handle && path.Folder.SequenceEqual(last.Path))
            return handle;
        if (TreeCalls.OpenFolder(_root, path.Folder, TreeCalls.FolderOnly) is not { } opened)
            return null;
        last.Handle?.Dispose();
        (last.Path, last.Handle) = (path.Folder.ToArray(), opened);
        return opened;
    }

    private sealed class OpenFolder
    {
        public byte[] Path { get; set; } = [];

        public SafeFileHandle? Handle { get; set; }
    }
}
