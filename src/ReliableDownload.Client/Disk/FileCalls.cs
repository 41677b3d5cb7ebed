using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Client.Disk;

/// <summary>The calls of the operating system that .NET does not offer: a rename that neither copies nor replaces, the flush of a
/// folder, a lock on an open file, and what Linux knows of the room that a file takes and of the way to the disk.</summary>
internal static partial class FileCalls
{
    /// <summary>EINVAL: what a file system answers that does not do what it was asked for.</summary>
    public const int ErrnoInvalid = 22;

    /// <summary>EEXIST.</summary>
    public const int ErrnoExists = 17;

    private const int ErrnoNoEntry = 2;
    private const int ErrnoIo = 5;
    private const int ErrnoOtherFileSystem = 18;
    private const int ErrnoNoSpace = 28;
    private const int ErrnoNoSuchCall = 38;
    private const int ErrnoQuota = 122;
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
    private const int NotNeeded = 4; // POSIX_FADV_DONTNEED
    private const int SetOpenFileLock = 37; // F_OFD_SETLK
    private const short WriteLock = 1; // F_WRLCK
    private const short NoLock = 2; // F_UNLCK
    private const int ErrnoAgain = 11;
    private const int ErrnoAccess = 13;

    // A program that was killed keeps its locks until its last write is over.
    private static readonly TimeSpan LockLimit = TimeSpan.FromMilliseconds(100);

    /// <summary>The result of a rename that did not fail.</summary>
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
        if (overwrite)
            return ResultOf(RenameFile(source, target), target);
        if (OperatingSystem.IsLinux())
        {
            var renamed = RenameAt2(CurrentFolder, source, CurrentFolder, target, NoReplace);
            if (renamed == 0 || Marshal.GetLastPInvokeError() is not (ErrnoInvalid or ErrnoNoSuchCall))
                return ResultOf(renamed, target);
        }

        return RenameByLink(source, target);
    }

    /// <summary>Makes a folder, if it does not exist, and those above it.</summary>
    /// <returns>The folders that got a new name by that; none is flushed yet.</returns>
    public static List<string> MakeFolder(string path)
    {
        var changed = new List<string>();
        for (var folder = path; !Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent; folder = parent)
            changed.Add(parent);
        Directory.CreateDirectory(path);
        return changed;
    }

    /// <summary>Makes a file, or the names in a folder, survive a power cut. Windows does it by itself for names.</summary>
    /// <exception cref="IOException">The disk failed. File systems that cannot flush folders are no error.</exception>
    public static void FlushPath(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(path, CloseOnExec);
        if (descriptor < 0)
            return; // A folder that may be written but not read; the rename itself is done.
        var flushed = Flush(descriptor);
        var errno = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (flushed != 0 && errno is ErrnoIo or ErrnoNoSpace or ErrnoQuota)
            throw new IOException($"{Marshal.GetPInvokeErrorMessage(errno)}: '{path}' cannot be flushed to the disk", errno);
    }

    /// <summary>Makes what was written to a file survive a power cut.</summary>
    /// <exception cref="IOException">It may not.</exception>
    public static void FlushFile(SafeFileHandle file)
    {
        // On Linux .NET 10 ignores every error of fsync(2), including EIO (seen with an injected one).
        if (!OperatingSystem.IsLinux())
            RandomAccess.FlushToDisk(file);
        else if (FlushOpen(file) != 0 && Marshal.GetLastPInvokeError() is var errno and not ErrnoInvalid)
            throw new IOException($"{Marshal.GetPInvokeErrorMessage(errno)}: it cannot be flushed to the disk", errno);
    }

    /// <summary>Locks an open file against others who call this, until it is unlocked or closed; false where one of them has it. Linux only: elsewhere
    /// always true.</summary>
    public static bool TryLock(SafeFileHandle file) =>
        // File systems without locks answer with other errors.
        !OperatingSystem.IsLinux()
        || SpinWait.SpinUntil(() => TrySetLock(file, WriteLock) || Marshal.GetLastPInvokeError() is not (ErrnoAgain or ErrnoAccess), LockLimit);

    /// <summary>Unlocks a file that is about to be closed. Closing alone is not enough: a program that this process is starting has all its open files, and so
    /// their locks, from fork to exec.</summary>
    public static void Unlock(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux() && !file.IsClosed)
            TrySetLock(file, NoLock);
    }

    private static unsafe bool TrySetLock(SafeFileHandle file, short type)
    {
        var request = new FileLock { Type = type };
        return LockOpenFile(file, SetOpenFileLock, &request) == 0;
    }

    /// <summary>Forgets what the page cache holds of a file, so that the next reader sees what the disk has. Linux only.</summary>
    public static void DropCached(SafeFileHandle file) => _ = Advise(file, 0, 0, NotNeeded);

    /// <summary>Opens a file for writing past the page cache; null where that is not possible. Linux only.</summary>
    public static SafeFileHandle? OpenDirect(string path)
    {
        var direct = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? DirectOnArm : DirectOnX86;
        var descriptor = Open(path, WriteOnly | CloseOnExec | direct);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Allocates a file's space on the disk, if the file system can. Linux only.</summary>
    public static bool TryAllocate(SafeFileHandle file, long size) => Allocate(file, 0, 0, size) == 0;

    /// <summary>Frees a range of a file, which then reads as zeros. Linux only.</summary>
    public static void Deallocate(SafeFileHandle file, long offset, long length) => _ = Allocate(file, PunchHole | KeepSize, offset, length);

    /// <summary>Begins to write what is in the page cache, and does not wait for it. Linux only.</summary>
    public static void StartWriteBack(SafeFileHandle file, long offset, long length) => _ = SyncFileRange(file, offset, length, StartWriting);

    // Old kernels and network file systems do not know NOREPLACE, but a link never replaces anything either.
    private static RenameResult RenameByLink(string source, string target)
    {
        var linked = LinkFile(source, target);
        if (linked == 0)
        {
            File.Delete(source);
            return RenameResult.Done;
        }

        if (Marshal.GetLastPInvokeError() is ErrnoExists or ErrnoOtherFileSystem or ErrnoNoEntry)
            return ResultOf(linked, target);
        return FileStatus.Exists(target) ? RenameResult.TargetExists : ResultOf(RenameFile(source, target), target);
    }

    private static RenameResult ResultOf(int returned, string target) => returned == 0 ? RenameResult.Done : Marshal.GetLastPInvokeError() switch
    {
        ErrnoOtherFileSystem => RenameResult.OtherFileSystem,
        ErrnoExists => RenameResult.TargetExists,
        var errno => throw new IOException($"{Marshal.GetPInvokeErrorMessage(errno)}: '{target}'", errno),
    };

    private static RenameResult RenameOnWindows(string source, string target, bool overwrite)
    {
        if (!string.Equals(Path.GetPathRoot(Path.GetFullPath(source)), Path.GetPathRoot(Path.GetFullPath(target)), StringComparison.OrdinalIgnoreCase))
            return RenameResult.OtherFileSystem;
        if (!overwrite && File.Exists(target))
            return RenameResult.TargetExists;
        File.Move(source, target, overwrite);
        return RenameResult.Done;
    }

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameFile(string source, string target);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int LinkFile(string source, string target);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static unsafe partial int LockOpenFile(SafeFileHandle file, int command, FileLock* request);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

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

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushOpen(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    // struct flock: all of the file where start and length are 0.
    [StructLayout(LayoutKind.Sequential)]
    private struct FileLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }
}
