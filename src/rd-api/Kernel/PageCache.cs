using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Kernel;

/// <summary>Queries and hints about Linux's page cache. On other systems nothing is known and hints have no effect.</summary>
internal static unsafe partial class PageCache
{
    // Constants of Linux on x86 and ARM.
    private const int NoWait = 8; // RWF_NOWAIT
    private const int EAGAIN = 11;
    private const int ReadOnly = 1; // PROT_READ
    private const int Shared = 1; // MAP_SHARED
    private const int WillNeed = 3; // POSIX_FADV_WILLNEED
    private const int DoNotNeed = 4; // POSIX_FADV_DONTNEED
    private const long MaxFolioSize = 2 << 20; // A huge page of x86, and of ARM with pages of 4 KiB; aligned to its size.

    // Bytes. A test takes a sixth of a microsecond, sending this much takes 50.
    private const int ProbeInterval = 256 << 10;

    private static readonly bool IsSupported = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Whether a byte of a file has to be fetched from the disk. Also false if the file system does not tell.</summary>
    public static bool Lacks(SafeFileHandle file, long offset)
    {
        if (!IsSupported)
            return false;
        // The read starts fetching missing data, and a fast disk may finish before the kernel checks again; so mincore comes first.
        // That reports everything as present for files that the user may not write.
        var isAbsent = IsAbsent(file, offset);
        Span<byte> data = stackalloc byte[1];
        var read = TryRead(file, data, offset);
        return read < 0 ? Marshal.GetLastPInvokeError() == EAGAIN : read > 0 && isAbsent;
    }

    /// <summary>
    /// Reads what is in memory, which may be less than requested; 0 at the end of the file; negative if nothing is in memory or the file
    /// system does not tell.
    /// </summary>
    public static int TryRead(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        if (!IsSupported)
            return -1;
        fixed (byte* start = buffer)
        {
            var vector = new Vector { Start = start, Length = buffer.Length };
            return (int)PReadV2(file, &vector, 1, (nint)offset, NoWait);
        }
    }

    /// <summary>Whether all of a range seems to be in memory: its first byte, its last, and one every 256 KiB are.</summary>
    public static bool Has(SafeFileHandle file, long offset, int length)
    {
        Span<byte> data = stackalloc byte[1];
        for (var position = offset; position < offset + length; position += ProbeInterval)
        {
            if (TryRead(file, data, position) != 1)
                return false;
        }

        return TryRead(file, data, offset + length - 1) == 1;
    }

    /// <summary>Starts reading from the disk, in one sequential request.</summary>
    public static void Fetch(SafeFileHandle file, long offset, long length) => Advise(file, offset, length, WillNeed);

    /// <summary>
    /// Drops cached pages, also up to 2 MiB before <paramref name="offset"/>; pages not yet written to the disk stay.
    /// </summary>
    public static void Drop(SafeFileHandle file, long offset, long length)
    {
        // The kernel keeps a folio that is only partly in the range; so the one that extended past the end of the last drop is dropped now.
        var before = offset % MaxFolioSize;
        Advise(file, offset - before, length + before, DoNotNeed);
    }

    // The mapping is never touched, so a file that shrinks under it does no harm.
    private static bool IsAbsent(SafeFileHandle file, long offset)
    {
        var page = MMap(0, 1, ReadOnly, Shared, file, (nint)(offset - (offset % Environment.SystemPageSize)));
        if (page == -1)
            return false;
        byte residence;
        var isAbsent = MInCore(page, 1, &residence) == 0 && (residence & 1) == 0;
        _ = MUnmap(page, 1);
        return isAbsent;
    }

    // The result is ignored, because nothing depends on a hint.
    private static void Advise(SafeFileHandle file, long offset, long length, int advice)
    {
        if (IsSupported)
            _ = PosixFAdvise(file, (nint)offset, (nint)length, advice);
    }

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    private static partial nint PReadV2(SafeFileHandle file, Vector* vectors, int count, nint offset, int flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFAdvise(SafeFileHandle file, nint offset, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MMap(nint address, nint length, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int MInCore(nint address, nint length, byte* residence);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MUnmap(nint address, nint length);

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Start;
        public nint Length;
    }
}
