using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Client.Disk;

namespace ReliableDownload.Client.Trees;

/// <summary>A tree's folder on a Linux disk: names are bytes, and the kernel refuses links (<c>openat2</c> with <c>RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS</c>).</summary>
internal sealed class LinuxTreeTarget : ITreeTarget
{
    /// <summary>0666: what new files have before the umask.</summary>
    public const int NewFileMode = 0x1B6;

    private const int NewFolderMode = 0x1FF; // 0777
    private const int OwnerReadsAndWrites = 0x180;
    private const int OwnerUses = 0x1C0; // 0700

    // Flushed one by one, as the flush of a whole file system waits for what others wrote, too.
    private const int FewFiles = 8;

    private readonly SafeFileHandle _root;
    private readonly LinuxFolders _folders;

    // Null for a dry run.
    private readonly LinuxStaging? _staging;
    private readonly int _mask = OpenFileCalls.Mask();

    // Folders above it that got a new name.
    private readonly List<string> _newAbove = [];

    // Names that no flush covers yet, as many as need not be flushed together, and one more. Folders are made by another thread than the one that flushes.
    private readonly List<TreePath> _unflushed = [];

    /// <summary>Opens the folder, and makes it where it is missing.</summary>
    /// <param name="isDryRun">Whether nothing is made, locked or changed: then only what is there can be looked at.</param>
    /// <exception cref="DownloadFailedException">It cannot be used, or another rd is at it.</exception>
    public LinuxTreeTarget(string path, bool isDryRun)
    {
        Path = path;
        if (!isDryRun)
            _newAbove = FileCalls.MakeFolder(path);
        var root = TreeCalls.OpenRoot(path, TreeCalls.ReadFolder);
        if (root is null && !(isDryRun && Marshal.GetLastPInvokeError() == TreeCalls.ENOENT))
            throw TreeErrors.Saying(Marshal.GetLastPInvokeError() is TreeCalls.ELOOP or TreeCalls.ENOTDIR ? $"'{path}' is a symbolic link or no folder; remove it, or choose another folder with -o" : $"'{path}': {TreeErrors.Last}");
        _root = root ?? new SafeFileHandle();
        _folders = new LinuxFolders(_root);
        if (isDryRun)
            return;
        try
        {
            _staging = new LinuxStaging(_root, path);
        }
        catch
        {
            _folders.Dispose();
            _root.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public string StagingPath => System.IO.Path.Combine(Path, ITreeTarget.StagingName);

    // How exactly that is cannot be tried where nothing may be made.
    public bool IsOfTime(TreeEntry entry, long modified) =>
        _staging is null ? TreeTime.IsKeptAs(modified, entry.Modified) : TreeTime.IsKeptAs(modified, entry.Modified, _staging.TimeUnit);

    // The kernel tells of single folders only by what the names in them lead to.
    public ulong? KeyOf(TreePath path) => _staging?.FoldsCase == true ? NameKey.Of(path) : null;

    public ulong? KeyOf(TreeEntry entry) => entry.Kind is TreeEntryKind.Missing or TreeEntryKind.Blocked ? null : NameKey.Of(entry.Device, entry.Inode);

    public TreeEntry Look(TreePath path)
    {
        if (_root.IsInvalid)
            return new TreeEntry(TreeEntryKind.Missing);
        if (_folders.Of(path) is { } folder)
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
            throw TreeErrors.Of(path.Text);
        AddUnflushed([path]);
    }

    public SafeFileHandle Stage(string name) => Staging.Create(name);

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> data)
    {
        if (!OpenFileCalls.Write(file, data))
            throw TreeErrors.Of(StagingPath);
    }

    // The mode that it was made with is right for most files.
    public void Finish(SafeFileHandle file, long? modified, int? mode) => Finish(file, NewFileMode & ~_mask, modified, mode);

    public void FinishStaged(string name, long? modified, int? mode)
    {
        using var file = OpenStaged(name, out var entry) ?? throw TreeErrors.Of(StagingPath);
        Finish(file, entry.Mode & NewFolderMode, modified, mode);
    }

    public SafeFileHandle? OpenStaged(string name, out TreeEntry entry)
    {
        var file = Staging.Open(name);
        entry = file is null ? default : TreeCalls.Status(file, default) ?? default;
        return file;
    }

    public TreeEntry LookStaged(string name) => TreeCalls.Status(Staging.Handle, LinuxStaging.Bytes(name)) ?? new TreeEntry(TreeEntryKind.Missing);

    public bool IsOfMode(TreeEntry entry, int mode) => ModeOf(mode) == (entry.Mode & NewFolderMode);

    public void Update(TreePath path, long? modified, int? mode)
    {
        using var file = Open(path);
        Finish(file, TreeCalls.Status(file, default)?.Mode & NewFolderMode, modified, mode);
    }

    public bool IsOfFolderMode(TreeEntry entry, int mode) => FolderModeOf(mode) == (entry.Mode & NewFolderMode);

    public void UpdateFolder(TreePath path, long? modified, int? mode)
    {
        using var folder = TreeCalls.OpenFolder(_root, path.Bytes, TreeCalls.ReadFolder) ?? throw TreeErrors.Of(path.Text);
        // What a folder here hands down to new files (setgid) is this system's affair.
        var own = TreeCalls.Status(folder, default)?.Mode & ~NewFolderMode ?? 0;
        if (mode is { } bits && !OpenFileCalls.SetMode(folder, own | FolderModeOf(bits)))
            throw TreeErrors.Of(path.Text);
        if (modified is { } time && !OpenFileCalls.SetTime(folder, time))
            throw TreeErrors.Of(path.Text);
    }

    public void Flush(IReadOnlyCollection<string> staged)
    {
        if (staged.Count > FewFiles)
        {
            FlushAll();
            return;
        }

        foreach (var name in staged)
            Staging.Flush(name);
    }

    // The next group's flush is one of all names, too.
    public void FlushNames(IReadOnlyCollection<TreePath> files, bool isLast)
    {
        AddUnflushed(files);
        if (!isLast)
            return;
        List<TreePath> names;
        lock (_unflushed)
            names = [.. _unflushed];
        if (names.Count > FewFiles)
        {
            FlushAll();
            return;
        }

        foreach (var name in names.DistinctBy(name => name.Parent?.Text))
        {
            using var opened = name.Folder.IsEmpty ? null : TreeCalls.OpenFolder(_root, name.Folder, TreeCalls.ReadFolder);
            if (!OpenFileCalls.Flush(opened ?? _root))
                throw TreeErrors.Of(name.Text);
        }

        foreach (var folder in _newAbove)
            DiskFailure.Guard(folder, () => FileCalls.FlushPath(folder));
    }

    public bool Place(string staged, TreePath path, bool mayReplace)
    {
        var (folder, name) = (Above(path), LinuxStaging.Bytes(staged));
        if (!(mayReplace ? TreeCalls.Rename(Staging.Handle, name, folder, path.Name) : TreeCalls.RenameWithoutReplacing(Staging.Handle, name, folder, path.Name)))
            return !mayReplace && Marshal.GetLastPInvokeError() == TreeCalls.EEXIST ? false : throw TreeErrors.Of(path.Text);
        // Where both names are of the same file, renaming does nothing.
        if (staged.StartsWith(StagedName.Large, StringComparison.Ordinal))
            Unstage(staged);
        return true;
    }

    public bool TryLinkToStaging(TreePath path, string name) =>
        _folders.Of(path) is { } folder && TreeCalls.Link(folder, path.Name, Staging.Handle, LinuxStaging.Bytes(name));

    public bool TryStageFrom(ITreeTarget other, TreePath path, string name, int? mode)
    {
        if (other is not LinuxTreeTarget tree || tree._folders.Of(path) is not { } folder || TreeCalls.Status(folder, path.Name) is not { Kind: TreeEntryKind.File } entry)
            return false;
        Unstage(name);
        var staged = LinuxStaging.Bytes(name);
        using (var source = TreeCalls.OpenFile(folder, path.Name))
        using (var clone = source is null ? null : TreeCalls.CreateFile(Staging.Handle, staged, NewFileMode))
        {
            if (source is not null && clone is not null && OpenFileCalls.Clone(source, clone))
            {
                Finish(clone, entry.Modified, mode ?? entry.Mode);
                return true;
            }
        }

        Unstage(name);
        return (mode is not { } bits || IsOfMode(entry, bits)) && TreeCalls.Link(folder, path.Name, Staging.Handle, staged);
    }

    public bool IsSame(string staged, TreePath path) =>
        TreeCalls.Status(Staging.Handle, LinuxStaging.Bytes(staged)) is { } one && _folders.Of(path) is { } folder && TreeCalls.Status(folder, path.Name) is { } other && KeyOf(one) == KeyOf(other);

    public SafeFileHandle Open(TreePath path) => TreeCalls.OpenFile(Above(path), path.Name) ?? throw TreeErrors.Of(path.Text);

    public IReadOnlyCollection<string> StagedNames()
    {
        var names = Enumerable.Range(0, StagedName.Folders)
            .Select(folder => System.IO.Path.Combine(StagingPath, $"{folder}")).Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFiles).Select(name => System.IO.Path.GetRelativePath(StagingPath, name)).ToList();
        // What is not on the disk yet cannot be dropped from memory. Where that fails, so will the proof.
        if (names.Count > 0 && _staging is not null)
            _ = OpenFileCalls.FlushFileSystem(_root);
        return names;
    }

    public List<TreePath> Names(TreePath? folder)
    {
        if (_root.IsInvalid)
            return [];
        using var opened = folder is null ? TreeCalls.OpenFolder(_root, "."u8, TreeCalls.ReadFolder) : TreeCalls.OpenFolder(_root, folder.Bytes, TreeCalls.ReadFolder);
        if (opened is null)
            throw TreeErrors.Of(folder?.Text ?? Path);
        var names = new List<TreePath>();
        if (!TreeCalls.ReadNames(opened, name =>
        {
            if (TreePath.In(folder, name) is { } path && !(folder is null && name.SequenceEqual(LinuxStaging.Name)))
                names.Add(path);
        }))
            throw TreeErrors.Of(folder?.Text ?? Path);
        names.Sort(TreePath.Order);
        return names;
    }

    public void Remove(TreePath path, bool isFolder)
    {
        if (!TreeCalls.Remove(Above(path), path.Name, isFolder))
            throw TreeErrors.Of(path.Text);
    }

    public void Unstage(string name) => Staging.Remove(name);

    public void RemoveStaging(bool withAll) => Staging.RemoveAll(withAll);

    public void Dispose()
    {
        _folders.Dispose();
        _staging?.Dispose();
        _root.Dispose();
    }

    private LinuxStaging Staging => _staging ?? throw new InvalidOperationException("A dry run makes no files.");

    private void Finish(SafeFileHandle file, int? hasMode, long? modified, int? mode)
    {
        if (mode is { } bits && ModeOf(bits) != hasMode && !OpenFileCalls.SetMode(file, ModeOf(bits)))
            throw TreeErrors.Of(StagingPath);
        if (modified is { } time && !OpenFileCalls.SetTime(file, time))
            throw TreeErrors.Of(StagingPath);
    }

    private void FlushAll()
    {
        // What gets its name meanwhile is left to the next one.
        lock (_unflushed)
            _unflushed.Clear();
        if (!OpenFileCalls.FlushFileSystem(_root))
            throw TreeErrors.Of(Path);
    }

    private void AddUnflushed(IReadOnlyCollection<TreePath> names)
    {
        lock (_unflushed)
            _unflushed.AddRange(names.Take(FewFiles + 1 - _unflushed.Count));
    }

    private int FolderModeOf(int mode) => (mode & NewFolderMode & ~_mask) | OwnerUses;

    private int ModeOf(int mode) => (mode & NewFolderMode & ~_mask) | OwnerReadsAndWrites;

    private SafeFileHandle Above(TreePath path) => _folders.Of(path) ?? throw TreeErrors.Of(path.Text);
}
