using Microsoft.Win32.SafeHandles;
using ReliableDownload.Client.Disk;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// A tree's folder on a disk of Windows or macOS, where .NET offers paths only: each folder of a path is looked at before it is used, so a link that is there already is refused, but
/// not one that somebody puts there in just that moment. Files are flushed one by one.
/// </summary>
internal sealed class PortableTreeTarget : ITreeTarget
{
    private readonly FileStream? _lock;
    private readonly bool _hasModes = !OperatingSystem.IsWindows();

    /// <inheritdoc cref="LinuxTreeTarget(string, bool)"/>
    public PortableTreeTarget(string path, bool isDryRun)
    {
        Path = path;
        if (IsLink(path) || IsLink(StagingPath))
            throw Failed($"'{path}' or the hidden folder in it is a symbolic link; remove it, or choose another folder with -o");
        if (isDryRun)
            return;
        Directory.CreateDirectory(StagingPath);
        try
        {
            _lock = new FileStream(System.IO.Path.Combine(StagingPath, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DownloadFailedException(DownloadOutcome.InUse, $"another rd is downloading into '{path}'; wait for it, or stop it");
        }

        for (var folder = 0; folder < StagedName.Folders; folder++)
            Directory.CreateDirectory(Staged($"{folder}"));
    }

    public string Path { get; }

    public string StagingPath => System.IO.Path.Combine(Path, ITreeTarget.StagingName);

    public TreeEntry Look(TreePath path)
    {
        if (ObstacleOf(path) is { } obstacle)
            return new TreeEntry(TreeEntryKind.Blocked) { Obstacle = obstacle };
        return EntryOf(Full(path));
    }

    public void MakeFolder(TreePath path) => Guard(path.Text, () => Directory.CreateDirectory(Safe(path)));

    public SafeFileHandle Stage(string name) => Guard(StagingPath, () => File.OpenHandle(Staged(name), FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> data)
    {
        try
        {
            RandomAccess.Write(file, data, RandomAccess.GetLength(file));
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            throw DiskFailure.Of(error, StagingPath);
        }
    }

    public void Finish(SafeFileHandle file, long? modified, int? mode) => Guard(StagingPath, () =>
    {
        if (mode is { } bits && _hasModes && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, (UnixFileMode)ModeOf(bits));
        if (modified is { } time)
            File.SetLastWriteTimeUtc(file, TimeOf(time));
    });

    public void FinishStaged(string name, long? modified, int? mode) => FinishAt(Staged(name), modified, mode);

    public SafeFileHandle? OpenStaged(string name, out TreeEntry entry)
    {
        entry = EntryOf(Staged(name));
        return entry.Kind == TreeEntryKind.File ? File.OpenHandle(Staged(name)) : null;
    }

    public TreeEntry LookStaged(string name) => EntryOf(Staged(name));

    public bool IsOfMode(TreeEntry entry, int mode) => !_hasModes || ModeOf(mode) == (entry.Mode & 0x1FF);

    // What .NET sets and reads.
    public bool IsOfTime(TreeEntry entry, long modified) => TreeTime.IsKeptAs(modified, entry.Modified, unit: 100);

    // As the usual file systems of Windows and macOS do it.
    public ulong? KeyOf(TreePath path) => NameKey.Of(path);

    // .NET tells what an entry is by its name alone.
    public ulong? KeyOf(TreeEntry entry) => entry.Inode == 0 ? null : NameKey.Of(entry.Device, entry.Inode);

    public void Update(TreePath path, long? modified, int? mode) => FinishAt(Safe(path), modified, mode);

    public bool IsOfFolderMode(TreeEntry entry, int mode) => !_hasModes || FolderModeOf(mode) == (entry.Mode & 0x1FF);

    public void UpdateFolder(TreePath path, long? modified, int? mode) => Guard(path.Text, () =>
    {
        var folder = Safe(path);
        if (mode is { } bits && _hasModes && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)FolderModeOf(bits));
        if (modified is { } time)
            Directory.SetLastWriteTimeUtc(folder, TimeOf(time));
    });

    public void Flush(IReadOnlyCollection<string> staged)
    {
        foreach (var name in staged)
        {
            Guard(StagingPath, () =>
            {
                using var file = File.OpenHandle(Staged(name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                FileCalls.FlushFile(file);
            });
        }
    }

    public void FlushNames(IReadOnlyCollection<TreePath> files, bool isLast)
    {
        foreach (var folder in files.Select(file => System.IO.Path.GetDirectoryName(Full(file))!).Distinct(StringComparer.Ordinal))
            Guard(folder, () => FileCalls.FlushPath(folder));
    }

    public bool Place(string staged, TreePath path, bool mayReplace)
    {
        var (from, to) = (Staged(staged), Safe(path));
        try
        {
            File.Move(from, to, overwrite: mayReplace);
            return true;
        }
        catch (IOException) when (!mayReplace && EntryOf(to).Kind != TreeEntryKind.Missing)
        {
            return false;
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            throw DiskFailure.Of(error, path.Text);
        }
    }

    // Only the file system's own names of files would do; without them equal blocks of a changed file are fetched again.
    public bool TryLinkToStaging(TreePath path, string name) => false;

    public bool TryStageFrom(ITreeTarget other, TreePath path, string name, int? mode)
    {
        var source = other.Look(path) is { Kind: TreeEntryKind.File } ? System.IO.Path.Combine(other.Path, path.Text) : null;
        if (source is null)
            return false;
        // On file systems that can, the copy shares the blocks.
        Guard(StagingPath, () => File.Copy(source, Staged(name), overwrite: true));
        return true;
    }

    public bool IsSame(string staged, TreePath path) => false;

    public SafeFileHandle Open(TreePath path) => Guard(path.Text, () => File.OpenHandle(Safe(path)));

    public IReadOnlyCollection<string> StagedNames() => Enumerable.Range(0, StagedName.Folders)
        .Select(folder => Staged($"{folder}")).Where(Directory.Exists)
        .SelectMany(Directory.EnumerateFiles).Select(name => System.IO.Path.GetRelativePath(StagingPath, name).Replace('\\', '/')).ToList();

    public List<TreePath> Names(TreePath? folder) => Guard(Path, () =>
    {
        var path = folder is null ? Path : Safe(folder);
        var names = !Directory.Exists(path) ? [] : Directory.EnumerateFileSystemEntries(path)
            .Select(entry => TreePath.In(folder, System.Text.Encoding.UTF8.GetBytes(System.IO.Path.GetFileName(entry))))
            .OfType<TreePath>().Where(name => name.Text != ITreeTarget.StagingName).ToList();
        names.Sort(TreePath.Order);
        return names;
    });

    public void Remove(TreePath path, bool isFolder) => Guard(path.Text, () =>
    {
        if (isFolder)
            Directory.Delete(Safe(path));
        else
            File.Delete(Safe(path));
    });

    public void Unstage(string name) => File.Delete(Staged(name));

    public void RemoveStaging(bool withAll)
    {
        foreach (var entry in withAll ? Directory.EnumerateFileSystemEntries(StagingPath).Where(entry => System.IO.Path.GetFileName(entry) != "lock").ToList() : [])
        {
            if (EntryOf(entry).Kind == TreeEntryKind.Folder)
                Directory.Delete(entry, recursive: true);
            else
                File.Delete(entry);
        }

        _lock?.Dispose();
        Unstage("lock");
        foreach (var folder in Directory.EnumerateDirectories(StagingPath).Append(StagingPath).ToList())
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
        }
    }

    public void Dispose() => _lock?.Dispose();

    // The umask is not told; what a file gets is what it has on the server, and nobody else may write.
    private static int ModeOf(int mode) => (mode & 0x1ED) | 0x180; // 0755, 0600

    private static int FolderModeOf(int mode) => (mode & 0x1ED) | 0x1C0; // 0755, 0700

    private static DownloadFailedException Failed(string message) => new(DownloadOutcome.LocalFile, message);

    private static T Guard<T>(string path, Func<T> action) => DiskFailure.Guard(path, action);

    private static void Guard(string path, Action action) => DiskFailure.Guard(path, action);

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    // The framework's times have 100 ns.
    private static DateTime TimeOf(long nanoseconds) => DateTime.UnixEpoch.AddTicks(nanoseconds / 100);

    private static TreeEntry EntryOf(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
            return new TreeEntry(TreeEntryKind.Link);
        var isFolder = Directory.Exists(path);
        if (!isFolder && !file.Exists)
            return new TreeEntry(TreeEntryKind.Missing);
        var (modified, mode) = ((file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100, OperatingSystem.IsWindows() ? 0 : (int)file.UnixFileMode);
        var entry = isFolder ? new TreeEntry(TreeEntryKind.Folder, 0, modified, mode) : new TreeEntry(TreeEntryKind.File, file.Length, modified, mode);
        return OperatingSystem.IsMacOS() ? MacFileNumber.AddTo(entry, path) : entry;
    }

    private string Full(TreePath path) => System.IO.Path.Combine(Path, path.Text.Replace('/', System.IO.Path.DirectorySeparatorChar));

    private string Staged(string name) => System.IO.Path.Combine(StagingPath, name);

    private string Safe(TreePath path) => ObstacleOf(path) is { } obstacle ? throw Failed($"'{path}': {obstacle}") : Full(path);

    private string? ObstacleOf(TreePath path)
    {
        for (var folder = path.Parent; folder is not null; folder = folder.Parent)
        {
            var entry = EntryOf(Full(folder));
            if (entry.Kind is not (TreeEntryKind.Folder or TreeEntryKind.Missing))
                return "a file or a symbolic link is in the way here, where the server has a folder";
        }

        return null;
    }

    private void FinishAt(string path, long? modified, int? mode) => Guard(path, () =>
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        Finish(file, modified, mode);
    });
}
