using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Hashing;

/// <summary>What Linux lets a program know and wish of the page cache. Elsewhere nothing is known, and wishes are without effect.</summary>
internal static unsafe partial class PageCache
{
    // Constants of Linux on x86 and ARM.
    private const int NoWait = 8; // RWF_NOWAIT
    private const int EAGAIN = 11;
    private const int WillNeed = 3; // POSIX_FADV_WILLNEED
    private const int DoNotNeed = 4; // POSIX_FADV_DONTNEED

    private static readonly bool IsSupported = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Whether a byte of a file has to be fetched from the disk. False also where the file system does not tell.</summary>
    public static bool Lacks(SafeFileHandle file, long offset)
    {
        byte data;
        var vector = new Vector { Start = &data, Length = 1 };
        return IsSupported && PReadV2(file, &vector, 1, (nint)offset, NoWait) < 0 && Marshal.GetLastPInvokeError() == EAGAIN;
    }

    /// <summary>Has the disk begin to read, in one go.</summary>
    public static void Fetch(SafeFileHandle file, long offset, long length) => Advise(file, offset, length, WillNeed);

    /// <summary>Gives memory back; what a program changed and the disk does not have yet stays.</summary>
    public static void Drop(SafeFileHandle file, long offset, long length) => Advise(file, offset, length, DoNotNeed);

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

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Start;
        public nint Length;
    }
}
