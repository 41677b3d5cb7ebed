using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// The system calls of a tree on a Linux disk: each name is one below a folder that is held open, as bytes, and no link is followed. A call that fails leaves its
/// reason in <see cref="Marshal.GetLastPInvokeError"/>. Constants are those of 64-bit Linux on both x86 and ARM.
/// </summary>
internal static unsafe partial class TreeCalls
{
    public const int ENOENT = 2;
    public const int EEXIST = 17;
    public const int EINVAL = 22;
    public const int EXDEV = 18;
    public const int ENOTDIR = 20;
    public const int ENOSYS = 38;
    public const int ELOOP = 40;
    public const int EPERM = 1;

    /// <summary>Names a folder without reading it (O_PATH | O_CLOEXEC).</summary>
    public const int FolderOnly = 0x200000 | 0x80000;

    /// <summary>Opens a folder so that its file system can be flushed and its names read (O_RDONLY | O_CLOEXEC).</summary>
    public const int ReadFolder = 0x80000;

    // <asm/fcntl.h>: x86 and ARM differ in O_DIRECTORY and O_NOFOLLOW.
    private static readonly bool IsArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    private const int CurrentFolder = -100; // AT_FDCWD
    private const int OpenAt2Number = 437;
    private const int CloseOnExec = 0x80000;
    private const int CreateNew = 0x40 | 0x80 | 0x1; // O_CREAT | O_EXCL | O_WRONLY
    private const ulong ResolveBeneath = 0x08;
    private const ulong ResolveNoSymlinks = 0x04;
    private const int NoFollowInStat = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint BasicFields = 0x7FF; // STATX_BASIC_STATS
    private const int RemoveFolderFlag = 0x200; // AT_REMOVEDIR
    private const int PathRoom = TreePath.MaxBytes + 1;
    private const long Second = 1_000_000_000;

    private static int Directory => IsArm ? 0x4000 : 0x10000;

    private static int NoFollow => IsArm ? 0x8000 : 0x20000;

    /// <summary>Opens a folder that the user named, following links up to its last name but not that.</summary>
    public static SafeFileHandle? OpenRoot(string path, int flags)
    {
        fixed (byte* name = Terminated(System.Text.Encoding.UTF8.GetBytes(path), new byte[(3 * path.Length) + 1]))
            return Handle(OpenAt(CurrentFolder, name, flags | Directory | NoFollow, 0));
    }

    /// <summary>Opens a folder below another one; nothing on the way may be a link, or lead out of it.</summary>
    public static SafeFileHandle? OpenFolder(SafeFileHandle folder, ReadOnlySpan<byte> path, int flags)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | Directory | NoFollow), Resolve = ResolveBeneath | ResolveNoSymlinks };
        fixed (byte* name = Terminated(path, stackalloc byte[PathRoom]))
        {
            var opened = Handle(OpenAt2(OpenAt2Number, folder, name, &how, sizeof(OpenHow)));
            // Kernels before 5.6, and containers that forbid what they do not know.
            return opened is null && Marshal.GetLastPInvokeError() is ENOSYS or EPERM ? OpenPartByPart(folder, path, flags) : opened;
        }
    }

    public static SafeFileHandle? CreateFile(SafeFileHandle folder, ReadOnlySpan<byte> name, int mode)
    {
        fixed (byte* text = Terminated(name, stackalloc byte[PathRoom]))
            return Handle(OpenAt(folder, text, CreateNew | CloseOnExec | NoFollow, mode));
    }

    public static SafeFileHandle? OpenFile(SafeFileHandle folder, ReadOnlySpan<byte> name, bool forWriting = false)
    {
        fixed (byte* text = Terminated(name, stackalloc byte[PathRoom]))
            return Handle(OpenAt(folder, text, CloseOnExec | NoFollow | 0x800 | (forWriting ? 0x42 : 0), 0x180)); // O_NONBLOCK, O_CREAT | O_RDWR, 0600
    }

    public static bool MakeFolder(SafeFileHandle folder, ReadOnlySpan<byte> name, int mode)
    {
        fixed (byte* text = Terminated(name, stackalloc byte[PathRoom]))
            return MkDirAt(folder, text, mode) == 0;
    }

    /// <summary>Renames a file, replacing one that is there.</summary>
    public static bool Rename(SafeFileHandle from, ReadOnlySpan<byte> name, SafeFileHandle to, ReadOnlySpan<byte> newName)
    {
        fixed (byte* old = Terminated(name, stackalloc byte[PathRoom]))
        fixed (byte* made = Terminated(newName, stackalloc byte[PathRoom]))
            return RenameAt(from, old, to, made) == 0;
    }

    /// <summary>Renames a file, and fails where something has the new name (EEXIST).</summary>
    public static bool RenameWithoutReplacing(SafeFileHandle from, ReadOnlySpan<byte> name, SafeFileHandle to, ReadOnlySpan<byte> newName)
    {
        fixed (byte* old = Terminated(name, stackalloc byte[PathRoom]))
        fixed (byte* made = Terminated(newName, stackalloc byte[PathRoom]))
        {
            const uint NoReplace = 1; // RENAME_NOREPLACE
            if (RenameAt2(from, old, to, made, NoReplace) == 0)
                return true;
        }

        // Some network file systems and those of FUSE cannot do both in one.
        if (Marshal.GetLastPInvokeError() is not (EINVAL or ENOSYS))
            return false;
        if (Status(to, newName) is null)
            return Rename(from, name, to, newName);
        Marshal.SetLastPInvokeError(EEXIST);
        return false;
    }

    /// <summary>Gives a file a second name; a link gets one itself.</summary>
    public static bool Link(SafeFileHandle from, ReadOnlySpan<byte> name, SafeFileHandle to, ReadOnlySpan<byte> newName)
    {
        fixed (byte* old = Terminated(name, stackalloc byte[PathRoom]))
        fixed (byte* made = Terminated(newName, stackalloc byte[PathRoom]))
            return LinkAt(from, old, to, made, 0) == 0;
    }

    public static bool Remove(SafeFileHandle folder, ReadOnlySpan<byte> name, bool isFolder)
    {
        fixed (byte* text = Terminated(name, stackalloc byte[PathRoom]))
            return UnlinkAt(folder, text, isFolder ? RemoveFolderFlag : 0) == 0;
    }

    /// <summary>What a name is, without following a link; an empty name is the folder itself. Null where there is nothing, or it cannot be told.</summary>
    public static TreeEntry? Status(SafeFileHandle folder, ReadOnlySpan<byte> name)
    {
        var status = stackalloc byte[256];
        fixed (byte* text = Terminated(name, stackalloc byte[PathRoom]))
        {
            if (StatX(folder, text, NoFollowInStat | EmptyPath, BasicFields, status) != 0)
                return null;
        }

        // struct statx: stx_nlink at 16, stx_uid at 20, stx_mode at 28, stx_ino at 32, stx_size at 40, stx_mtime at 112, stx_dev_major and _minor at 136.
        var mode = *(ushort*)(status + 28);
        var kind = (mode & 0xF000) switch
        {
            0x8000 => TreeEntryKind.File,
            0x4000 => TreeEntryKind.Folder,
            0xA000 => TreeEntryKind.Link,
            _ => TreeEntryKind.Other,
        };
        return new TreeEntry(kind, *(long*)(status + 40), (*(long*)(status + 112) * Second) + *(uint*)(status + 120), mode & 0xFFF, *(uint*)(status + 20), *(ulong*)(status + 32)) { Device = *(ulong*)(status + 136), Links = *(uint*)(status + 16) };
    }

    /// <summary>Takes one name of a folder.</summary>
    public delegate void NameTaker(ReadOnlySpan<byte> name);

    /// <summary>Reads all names of an open folder but its own two; false where the disk refuses.</summary>
    public static bool ReadNames(SafeFileHandle folder, NameTaker take)
    {
        var buffer = new byte[64 << 10];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var length = GetEntries(IsArm ? 61 : 217, folder, start, buffer.Length);
                if (length <= 0)
                    return length == 0;
                // struct linux_dirent64: d_reclen at 16, d_name at 19.
                for (nint at = 0; at < length; at += *(ushort*)(start + at + 16))
                {
                    var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(start + at + 19);
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                        take(name);
                }
            }
        }
    }

    private static SafeFileHandle? OpenPartByPart(SafeFileHandle folder, ReadOnlySpan<byte> path, int flags)
    {
        SafeFileHandle? opened = null;
        Span<byte> room = stackalloc byte[PathRoom];
        foreach (var range in path.Split((byte)'/'))
        {
            using var above = opened;
            fixed (byte* name = Terminated(path[range], room))
                opened = Handle(OpenAt(above ?? folder, name, flags | Directory | NoFollow, 0));
            if (opened is null)
                return null;
        }

        return opened;
    }

    private static Span<byte> Terminated(ReadOnlySpan<byte> path, Span<byte> room)
    {
        path.CopyTo(room);
        room[path.Length] = 0;
        return room;
    }

    private static SafeFileHandle? Handle(nint descriptor) => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint OpenAt2(nint number, SafeFileHandle folder, byte* path, OpenHow* how, nint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint GetEntries(nint number, SafeFileHandle folder, byte* buffer, nint size);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int folder, byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(SafeFileHandle folder, byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    private static partial int MkDirAt(SafeFileHandle folder, byte* path, int mode);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    private static partial int RenameAt(SafeFileHandle from, byte* name, SafeFileHandle to, byte* newName);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    private static partial int RenameAt2(SafeFileHandle from, byte* name, SafeFileHandle to, byte* newName, uint flags);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    private static partial int LinkAt(SafeFileHandle from, byte* name, SafeFileHandle to, byte* newName, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkAt(SafeFileHandle folder, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatX(SafeFileHandle folder, byte* path, int flags, uint mask, byte* status);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
