using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>
/// The system calls of the jail, with paths as bytes. Constants are those of 64-bit Linux on both x86 and ARM.
/// A call that fails returns null and leaves its reason in <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal static partial class LinuxCalls
{
    /// <summary>Names a file without opening it (O_PATH | O_CLOEXEC).</summary>
    public const int PathOnly = 0x200000 | 0x80000;

    /// <summary>Opens for reading, without waiting for a FIFO's writer (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC).</summary>
    public const int Read = 0x800 | 0x100 | 0x80000;

    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EXDEV = 18;
    public const int ENOTDIR = 20;
    public const int ENXIO = 6;
    public const int ENAMETOOLONG = 36;
    public const int ENOSYS = 38;
    public const int ELOOP = 40;

    private const int CurrentFolder = -100; // AT_FDCWD
    private const int OpenAt2Number = 437;
    private const ulong ResolveNoOtherMounts = 0x01; // RESOLVE_NO_XDEV
    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveNoLinks = 0x04; // RESOLVE_NO_SYMLINKS
    private const ulong ResolveBeneath = 0x08;
    private const ulong ResolveCached = 0x20;
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint BasicFields = 0x7FF; // STATX_BASIC_STATS
    private const int PathMax = 4096;
    private const int NameMax = 255;

    /// <summary>
    /// Whether an error on opening means that there is nothing that may be served, and that trying again will not help. Besides the usual
    /// ones: a loop of links, a name that is too long or not allowed by the file system (EINVAL, 22; EILSEQ, 84), and a file
    /// encrypted with a key that is not available (126).
    /// </summary>
    public static bool IsAbsence(int error) => IsNowhere(error) || error is EACCES or EPERM or ENXIO or 22 or 84 or 126;

    /// <summary>Whether an error means that the path leads to nothing, or outside; not that something is there which this user may not look at.</summary>
    public static bool IsNowhere(int error) => error is EXDEV or ENOENT or ENOTDIR or ELOOP or ENAMETOOLONG;

    /// <summary>openat2(2): <paramref name="path"/>, and every link on the way, may not leave <paramref name="folder"/>.</summary>
    public static SafeFileHandle? OpenBeneath(SafeFileHandle folder, ReadOnlySpan<byte> path, int flags) =>
        OpenBeneath(folder, path, flags, 0);

    /// <summary>
    /// <see cref="OpenBeneath(SafeFileHandle, ReadOnlySpan{byte}, int)"/> on the folder's own file system, using only names that are in memory
    /// (EAGAIN if one is not; Linux 5.12).
    /// </summary>
    public static SafeFileHandle? OpenCached(SafeFileHandle folder, ReadOnlySpan<byte> path, int flags) =>
        OpenBeneath(folder, path, flags, ResolveCached | ResolveNoOtherMounts);

    /// <summary>openat2(2) for reading: a name directly in <paramref name="folder"/>, unless it is a link.</summary>
    public static unsafe SafeFileHandle? OpenIn(SafeFileHandle folder, ReadOnlySpan<byte> name)
    {
        var path = name.Length <= NameMax ? stackalloc byte[NameMax + 1] : new byte[name.Length + 1];
        name.CopyTo(path);
        path[name.Length] = 0;
        var how = new OpenHow { Flags = Read, Resolve = ResolveBeneath | ResolveNoLinks };
        fixed (byte* start = path)
            return Handle(OpenAt2(OpenAt2Number, folder, start, &how, sizeof(OpenHow)));
    }

    /// <summary>Opens any path, whatever it is.</summary>
    public static unsafe SafeFileHandle? OpenAnywhere(ReadOnlySpan<byte> path, int flags)
    {
        fixed (byte* name = Terminated(path))
            return Handle(OpenAt(CurrentFolder, name, flags));
    }

    /// <summary>statx(2) of a path from <paramref name="folder"/> on, whose last name may be a link and is not followed; an empty path is the handle itself.</summary>
    public static unsafe FileStatus? Status(SafeFileHandle folder, ReadOnlySpan<byte> name)
    {
        // Called for each name of a listing: avoid the heap.
        var path = name.Length <= NameMax ? stackalloc byte[NameMax + 1] : new byte[name.Length + 1];
        name.CopyTo(path);
        path[name.Length] = 0;
        FileStatus status;
        fixed (byte* start = path)
            return StatX(folder, start, EmptyPath | NoFollow, BasicFields, &status) == 0 ? status : null;
    }

    /// <summary>statx(2) of any path, following links.</summary>
    public static unsafe FileStatus? Status(ReadOnlySpan<byte> path)
    {
        FileStatus status;
        fixed (byte* name = Terminated(path))
            return StatX(CurrentFolder, name, 0, BasicFields, &status) == 0 ? status : null;
    }

    /// <summary>realpath(3): the absolute path without links.</summary>
    public static unsafe byte[]? Canonical(ReadOnlySpan<byte> path)
    {
        var buffer = stackalloc byte[PathMax];
        fixed (byte* name = Terminated(path))
            return RealPath(name, buffer) == null ? null : MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer).ToArray();
    }

    private static unsafe SafeFileHandle? OpenBeneath(SafeFileHandle folder, ReadOnlySpan<byte> path, int flags, ulong resolve)
    {
        var how = new OpenHow { Flags = (ulong)flags, Resolve = ResolveBeneath | ResolveNoMagicLinks | resolve };
        fixed (byte* name = Terminated(path.IsEmpty ? "."u8 : path))
            return Handle(OpenAt2(OpenAt2Number, folder, name, &how, sizeof(OpenHow)));
    }

    private static byte[] Terminated(ReadOnlySpan<byte> path) => [.. path, 0];

    private static SafeFileHandle? Handle(nint descriptor) => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint OpenAt2(nint number, SafeFileHandle folder, byte* path, OpenHow* how, nint size);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static unsafe partial int OpenAt(int folder, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatX(SafeFileHandle folder, byte* path, int flags, uint mask, FileStatus* status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatX(int folder, byte* path, int flags, uint mask, FileStatus* status);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true)]
    private static unsafe partial byte* RealPath(byte* path, byte* resolved);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
