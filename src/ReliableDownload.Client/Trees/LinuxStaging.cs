using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Client.Disk;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// The hidden folder in a tree's folder (<see cref="ITreeTarget.StagingName"/>) on a Linux disk, where files are made before they get their names. It is this user's, locked
/// as long as it is open, and tells what the disk does to names and times. Safe for threads.
/// </summary>
internal sealed class LinuxStaging : IDisposable
{
    private const int OwnMode = 0x1C0; // 0700
    private const int NewFileMode = LinuxTreeTarget.NewFileMode;

    // Of what rd makes in it: the parts, a folder for each, old block files.
    private const int MaxDepth = 4;

    private static readonly byte[] NameBytes = Bytes(ITreeTarget.StagingName);

    private readonly SafeFileHandle _root;
    private readonly string _path;
    private readonly SafeFileHandle _lock;

    /// <summary>Opens the folder, and makes it where it is missing.</summary>
    /// <param name="root">The tree's folder; it has to stay open.</param>
    /// <param name="rootPath">The path of that.</param>
    /// <exception cref="DownloadFailedException">It cannot be used, or another rd is at it.</exception>
    public LinuxStaging(SafeFileHandle root, string rootPath)
    {
        (_root, _path) = (root, Path.Combine(rootPath, ITreeTarget.StagingName));
        if (!TreeCalls.MakeFolder(root, Name, OwnMode) && Marshal.GetLastPInvokeError() != TreeCalls.EEXIST)
            throw TreeErrors.Of(_path);
        Handle = TreeCalls.OpenFolder(root, Name, TreeCalls.ReadFolder) ?? throw TreeErrors.Saying($"'{_path}' is in the way and no folder of rd's; remove it");
        try
        {
            // Somebody else's could be changed under our hands.
            if (TreeCalls.Status(Handle, default) is not { } status || status.Owner != FileOwner.User)
                throw TreeErrors.Saying($"'{_path}' belongs to another user; remove it");
            OpenFileCalls.SetMode(Handle, OwnMode);
            _lock = TreeCalls.OpenFile(Handle, "lock"u8, forWriting: true) ?? throw TreeErrors.Of(_path);
            if (!FileCalls.TryLock(_lock))
                throw new DownloadFailedException(DownloadOutcome.InUse, $"another rd is downloading into '{rootPath}'; wait for it, or stop it");
            FoldsCase = TreeCalls.Status(Handle, "LOCK"u8) is not null;
            if (OpenFileCalls.SetTime(_lock, TreeTime.Probe) && TreeCalls.Status(Handle, "lock"u8) is { Modified: var kept })
                TimeUnit = TreeTime.UnitOf(kept);
            for (var folder = 0; folder < StagedName.Folders; folder++)
                TreeCalls.MakeFolder(Handle, Bytes($"{folder}"), OwnMode);
        }
        catch
        {
            _lock?.Dispose();
            Handle.Dispose();
            throw;
        }
    }

    /// <summary>The bytes of its name.</summary>
    public static ReadOnlySpan<byte> Name => NameBytes;

    public SafeFileHandle Handle { get; }

    /// <summary>Whether names that differ in case alone are one here.</summary>
    public bool FoldsCase { get; }

    /// <summary>In nanoseconds.</summary>
    public long TimeUnit { get; } = 1;

    /// <summary>The bytes of a name in it.</summary>
    public static byte[] Bytes(string name) => Encoding.ASCII.GetBytes(name);

    /// <summary>Makes a file, in place of one that an earlier run left.</summary>
    public SafeFileHandle Create(string name)
    {
        var file = TreeCalls.CreateFile(Handle, Bytes(name), NewFileMode);
        if (file is null && Marshal.GetLastPInvokeError() == TreeCalls.EEXIST && TreeCalls.Remove(Handle, Bytes(name), isFolder: false))
            file = TreeCalls.CreateFile(Handle, Bytes(name), NewFileMode);
        return file ?? throw TreeErrors.Of(_path);
    }

    /// <summary>Opens a file for reading; null if there is none.</summary>
    public SafeFileHandle? Open(string name) => TreeCalls.OpenFile(Handle, Bytes(name));

    public void Flush(string name)
    {
        using var file = Open(name);
        if (file is null || !OpenFileCalls.Flush(file))
            throw TreeErrors.Of(_path);
    }

    public void Remove(string name) => TreeCalls.Remove(Handle, Bytes(name), isFolder: false);

    /// <summary>Removes what is empty in it, the lock, and the folder itself if nothing else is in it.</summary>
    /// <param name="withAll">Whether the rest goes, too.</param>
    public void RemoveAll(bool withAll)
    {
        if (withAll)
            Empty(Handle, depth: 0);
        for (var folder = 0; folder < StagedName.Folders; folder++)
            TreeCalls.Remove(Handle, Bytes($"{folder}"), isFolder: true);
        TreeCalls.Remove(Handle, Bytes(ITreeTarget.PartsName), isFolder: true);
        Remove("lock");
        TreeCalls.Remove(_root, Name, isFolder: true);
    }

    // The lock is the last: another rd that finds none begins.
    private static void Empty(SafeFileHandle folder, int depth)
    {
        var names = new List<byte[]>();
        TreeCalls.ReadNames(folder, name => names.Add(name.ToArray()));
        foreach (var name in names)
        {
            if ((depth == 0 && name.AsSpan().SequenceEqual("lock"u8)) || TreeCalls.Remove(folder, name, isFolder: false) || depth == MaxDepth)
                continue;
            using var below = TreeCalls.OpenFolder(folder, name, TreeCalls.ReadFolder);
            if (below is null)
                continue;
            Empty(below, depth + 1);
            TreeCalls.Remove(folder, name, isFolder: true);
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        Handle.Dispose();
    }
}
