using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Kernel;

/// <summary>What Linux lets a program know and wish of the page cache. Elsewhere nothing is known, and wishes are without effect.</summary>
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

    // Bytes. A look costs a sixth of a microsecond, and to send as many bytes 50.
    private const int ProbeInterval = 256 << 10;

    private static readonly bool IsSupported = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Whether a byte of a file has to be fetched from the disk. False also where the file system does not tell.</summary>
    public static bool Lacks(SafeFileHandle file, long offset)
    {
        if (!IsSupported)
            return false;
        // The read begins to fetch what it lacks, and a quick disk may be done before it looks again; so the kernel is asked first.
        // Of files that the user may not write it says that all is there.
        var isAbsent = IsAbsent(file, offset);
        Span<byte> data = stackalloc byte[1];
        var read = TryRead(file, data, offset);
        return read < 0 ? Marshal.GetLastPInvokeError() == EAGAIN : read > 0 && isAbsent;
    }

    /// <summary>
    /// Reads what is in memory, which may be less than was asked, and 0 at the file's end; negative where nothing is, or where the file
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

    /// <summary>Has the disk begin to read, in one go.</summary>
    public static void Fetch(SafeFileHandle file, long offset, long length) => Advise(file, offset, length, WillNeed);

    /// <summary>
    /// Gives memory back, up to 2 MiB before <paramref name="offset"/> too; what a program changed and the disk does not have yet stays.
    /// </summary>
    public static void Drop(SafeFileHandle file, long offset, long length)
    {
        // The kernel keeps a folio that is only in part in what is dropped; so the one that reached over the end of the last drop goes with this.
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

    // What it returns is of no use: nothing depends on a wish.
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
