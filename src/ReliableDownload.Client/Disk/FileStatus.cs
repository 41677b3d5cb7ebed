using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Client.Disk;

/// <summary>What kind of file a path names, and whether an open file is still the one at its path. Complete on Linux (<c>statx(2)</c>);
/// elsewhere only what .NET tells.</summary>
internal static partial class FileStatus
{
    // Linux, <fcntl.h>, <linux/stat.h>.
    private const int CurrentFolder = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint Group = 0x10; // STATX_GID
    private const uint Owner = 0x8; // STATX_UID
    private const uint TypeAndInode = 0x1 | 0x100; // STATX_TYPE | STATX_INO
    private const uint Blocks = 0x400; // STATX_BLOCKS
    private const int BufferSize = 256;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>Whether there is something at <paramref name="path"/>, a link that leads nowhere included.</summary>
    public static bool Exists(string path) => Path.Exists(path) || new FileInfo(path).LinkTarget is not null;

    /// <summary>Whether <paramref name="path"/> is a regular file, itself or by way of links.</summary>
    public static bool IsRegular(string path) => File.Exists(path) && (OperatingSystem.IsLinux() ? TypeOf(path, followLinks: true) == RegularFile : !IsBrokenLink(path));

    /// <summary>What is at <paramref name="path"/>, or what a link there leads to: a link has a size and a time of its own.</summary>
    public static FileInfo Followed(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);

    /// <summary>Whether <paramref name="path"/> is a link that leads to nothing.</summary>
    public static bool IsBrokenLink(string path) => new FileInfo(path).LinkTarget is not null && File.ResolveLinkTarget(path, returnFinalTarget: true) is { Exists: false };

    /// <summary>Whether there is a device, a pipe or a socket at <paramref name="path"/>, itself or by way of links. Linux only.</summary>
    public static bool IsSpecial(string path) =>
        OperatingSystem.IsLinux() && TypeOf(path, followLinks: true) is not (null or RegularFile or Folder);

    /// <summary>Whether <paramref name="path"/> is a regular file and no link.</summary>
    public static bool IsRegularItself(string path) =>
        OperatingSystem.IsLinux() ? TypeOf(path, followLinks: false) == RegularFile : File.Exists(path) && new FileInfo(path).LinkTarget is null;

    /// <summary>Whether there is something else than a regular file at <paramref name="path"/>, such as a link; false where there is nothing.</summary>
    // On Linux one look: another process may make or remove the file meanwhile.
    public static bool IsOtherItself(string path) =>
        OperatingSystem.IsLinux() ? TypeOf(path, followLinks: false) is not (null or RegularFile) : Exists(path) && !IsRegularItself(path);

    /// <summary>Whether <paramref name="file"/> is what <paramref name="path"/> names: not removed, not replaced, not reached by a link.</summary>
    public static unsafe bool IsSame(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsLinux())
            return IsRegularItself(path);
        var opened = stackalloc byte[BufferSize];
        var named = stackalloc byte[BufferSize];
        return StatOpen(file, "", EmptyPath, TypeAndInode, opened) == 0
            && Stat(CurrentFolder, path, NoFollow, TypeAndInode, named) == 0
            && Identity(opened) == Identity(named);
    }

    /// <summary>How many bytes of the disk a file has; 0 where there is none, or the system does not tell.</summary>
    public static unsafe long AllocatedBytes(string path)
    {
        const int Unit = 512; // of stx_blocks
        var status = stackalloc byte[BufferSize];
        return OperatingSystem.IsLinux() && Stat(CurrentFolder, path, NoFollow, Blocks, status) == 0 ? *(long*)(status + 48) * Unit : 0;
    }

    /// <summary>The number of the user whose it is; null where there is nothing. Linux only.</summary>
    public static unsafe uint? OwnerOf(string path, bool followLinks)
    {
        var status = stackalloc byte[BufferSize];
        return Stat(CurrentFolder, path, followLinks ? 0 : NoFollow, Owner, status) == 0 ? *(uint*)(status + 20) : null; // stx_uid
    }

    /// <summary>The numbers of the user and of the group whose it is; null where there is nothing. A link is not followed. Linux only.</summary>
    public static unsafe (uint User, uint Group)? OwnersOf(string path)
    {
        var status = stackalloc byte[BufferSize];
        return Stat(CurrentFolder, path, NoFollow, Owner | Group, status) == 0 ? (*(uint*)(status + 20), *(uint*)(status + 24)) : null; // stx_uid, stx_gid
    }

    private static unsafe int? TypeOf(string path, bool followLinks)
    {
        var status = stackalloc byte[BufferSize];
        return Stat(CurrentFolder, path, followLinks ? 0 : NoFollow, TypeAndInode, status) == 0
            ? *(ushort*)(status + 28) & TypeMask // stx_mode
            : null;
    }

    // stx_ino, and stx_dev_major with stx_dev_minor.
    private static unsafe (ulong, ulong) Identity(byte* status) => (*(ulong*)(status + 32), *(ulong*)(status + 136));

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatOpen(SafeFileHandle file, string path, int flags, uint mask, byte* status);
}
