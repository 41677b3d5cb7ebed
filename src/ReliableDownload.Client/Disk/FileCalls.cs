using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Client.Disk;

/// <summary>The calls of the operating system that .NET does not offer: a rename that never copies, the flush of a
/// folder, and what Linux knows of the room that a file takes and of the way to the disk.</summary>
internal static partial class FileCalls
{
    /// <summary>EINVAL: what a file system answers that does not do what it was asked for.</summary>
    public const int ErrnoInvalid = 22;

    private const int ErrnoExists = 17;
    private const int ErrnoOtherFileSystem = 18;
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint NoReplace = 1; // RENAME_NOREPLACE

    // Linux, <fcntl.h>, <linux/falloc.h>.
    private const int WriteOnly = 0x1;
    private const int CloseOnExec = 0x80000;
    private const int DirectOnX86 = 0x4000;
    private const int DirectOnArm = 0x10000;
    private const int KeepSize = 1;
    private const int PunchHole = 2;
    private const uint StartWriting = 2; // SYNC_FILE_RANGE_WRITE

    /// <summary>How a rename went where it did not fail altogether.</summary>
    public enum RenameResult
    {
        Done,
        OtherFileSystem,
        TargetExists,
    }

    /// <summary>Renames within one file system, in one step. <see cref="File.Move(string, string)"/> would copy between two.</summary>
    /// <exception cref="IOException">The system refused for another reason.</exception>
    public static RenameResult Rename(string source, string target, bool overwrite)
    {
        if (OperatingSystem.IsWindows())
            return RenameOnWindows(source, target, overwrite);
        // Where the file system does not know NOREPLACE the target is looked at just before.
        if (!overwrite && OperatingSystem.IsLinux() && RenameAt2(CurrentFolder, source, CurrentFolder, target, NoReplace) == 0)
            return RenameResult.Done;
        if (!overwrite && File.Exists(target))
            return RenameResult.TargetExists;
        if (RenameFile(source, target) == 0)
            return RenameResult.Done;
        return Marshal.GetLastPInvokeError() switch
        {
            ErrnoOtherFileSystem => RenameResult.OtherFileSystem,
            ErrnoExists => RenameResult.TargetExists,
            var errno => throw new IOException($"{Marshal.GetPInvokeErrorMessage(errno)}: '{target}'", errno),
        };
    }

    /// <summary>Makes the names in a folder survive a power cut. Windows does it by itself.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0)
            return; // A folder that may be written but not read; the rename itself is done.
        _ = Flush(descriptor);
        _ = Close(descriptor);
    }

    /// <summary>Opens a file for writing past the page cache; null where that is not possible. Linux only.</summary>
    public static SafeFileHandle? OpenDirect(string path)
    {
        var direct = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? DirectOnArm : DirectOnX86;
        var descriptor = Open(path, WriteOnly | CloseOnExec | direct);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Gives a file its room on the disk, where the file system can. Linux only.</summary>
    public static bool TryAllocate(SafeFileHandle file, long size) => Allocate(file, 0, 0, size) == 0;

    /// <summary>Gives room of a file back; it reads as zeros. Linux only.</summary>
    public static void Deallocate(SafeFileHandle file, long offset, long length) => _ = Allocate(file, PunchHole | KeepSize, offset, length);

    /// <summary>Begins to write what is in the page cache, and does not wait for it. Linux only.</summary>
    public static void StartWriteBack(SafeFileHandle file, long offset, long length) => _ = SyncFileRange(file, offset, length, StartWriting);

    private static RenameResult RenameOnWindows(string source, string target, bool overwrite)
    {
        if (!string.Equals(Path.GetPathRoot(Path.GetFullPath(source)), Path.GetPathRoot(Path.GetFullPath(target)), StringComparison.OrdinalIgnoreCase))
            return RenameResult.OtherFileSystem;
        if (!overwrite && File.Exists(target))
            return RenameResult.TargetExists;
        File.Move(source, target, overwrite);
        return RenameResult.Done;
    }

    /// <summary>Whether a path leads to a FIFO, a socket or a device: to open one may wait for ever, or change it. Known on Linux only.</summary>
    public static unsafe bool IsSpecial(string path)
    {
        // struct statx of <linux/stat.h>: 256 bytes, the mode at 28.
        const int Size = 256, ModeAt = 28, TypeBits = 0xF000, Regular = 0x8000, Folder = 0x4000;
        const uint WithType = 1; // STATX_TYPE
        if (!OperatingSystem.IsLinux())
            return false;
        var status = stackalloc byte[Size];
        return Statx(CurrentFolder, path, 0, WithType, status) == 0 && (*(ushort*)(status + ModeAt) & TypeBits) is not (Regular or Folder);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameFile(string source, string target);

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameAt2(int sourceFolder, string source, int targetFolder, string target, uint flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
