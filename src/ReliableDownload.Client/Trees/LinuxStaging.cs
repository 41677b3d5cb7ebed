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

    // Another rd may remove it again while this one opens it, but hardly so often.
    private const int MaxTries = 100;

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
        (Handle, _lock) = OpenLocked(rootPath);
        try
        {
            FoldsCase = TreeCalls.Status(Handle, "LOCK"u8) is not null;
            if (OpenFileCalls.SetTime(_lock, TreeTime.Probe) && TreeCalls.Status(Handle, "lock"u8) is { Modified: var kept })
                TimeUnit = TreeTime.UnitOf(kept);
            for (var folder = 0; folder < StagedName.Folders; folder++)
                TreeCalls.MakeFolder(Handle, Bytes($"{folder}"), OwnMode);
        }
        catch
        {
            Dispose();
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

    private (SafeFileHandle Folder, SafeFileHandle Lock) OpenLocked(string rootPath)
    {
        for (var tries = 1; ; tries++)
        {
            if (!TreeCalls.MakeFolder(_root, Name, OwnMode) && Marshal.GetLastPInvokeError() != TreeCalls.EEXIST)
                throw TreeErrors.Of(_path);
            var folder = TreeCalls.OpenFolder(_root, Name, TreeCalls.ReadFolder);
            SafeFileHandle? @lock = null;
            var isHeld = false;
            try
            {
                if (folder is not null)
                    isHeld = TryLock(folder, rootPath, out @lock);
                else if (Marshal.GetLastPInvokeError() != TreeCalls.ENOENT || tries == MaxTries)
                    throw TreeErrors.Saying($"'{_path}' is in the way and no folder of rd's; remove it");
                if (isHeld)
                    return (folder!, @lock!);
                if (tries == MaxTries)
                    throw TreeErrors.Saying($"'{_path}' is removed again and again");
            }
            finally
            {
                if (!isHeld)
                {
                    @lock?.Dispose();
                    folder?.Dispose();
                }
            }
        }
    }

    /// <returns>False where the rd that had the folder removed the lock or all of it in between, and another may have made a new one.</returns>
    private bool TryLock(SafeFileHandle folder, string rootPath, out SafeFileHandle? @lock)
    {
        @lock = null;
        // Somebody else's could be changed under our hands.
        if (!IsOurs(folder))
            throw TreeErrors.Saying($"'{_path}' belongs to another user; remove it");
        OpenFileCalls.SetMode(folder, OwnMode);
        @lock = TreeCalls.OpenFile(folder, "lock"u8, forWriting: true);
        if (@lock is null)
            return Marshal.GetLastPInvokeError() == TreeCalls.ENOENT ? false : throw TreeErrors.Of(_path);
        if (!FileCalls.TryLock(@lock))
            throw new DownloadFailedException(DownloadOutcome.InUse, $"another rd is downloading into '{rootPath}'; wait for it, or stop it");
        return TreeCalls.Status(@lock, default) is { } mine && TreeCalls.Status(folder, "lock"u8) is { } its && (mine.Device, mine.Inode) == (its.Device, its.Inode);
    }

    private static bool IsOurs(SafeFileHandle folder)
    {
        if (TreeCalls.Status(folder, default) is not { } status)
            return false;
        if (status.Owner == FileOwner.User)
            return true;
        // Shares and containers may tell of another user than the one who made a file: only what is new there says who we are.
        var name = Bytes($"owner-{Guid.NewGuid():N}");
        using var probe = TreeCalls.CreateFile(folder, name, NewFileMode);
        if (probe is null)
            // A folder that was removed is nobody's any more.
            return Marshal.GetLastPInvokeError() == TreeCalls.ENOENT;
        var made = TreeCalls.Status(probe, default);
        TreeCalls.Remove(folder, name, isFolder: false);
        return made?.Owner == status.Owner;
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
        FileCalls.Unlock(_lock);
        _lock.Dispose();
        Handle.Dispose();
    }
}
