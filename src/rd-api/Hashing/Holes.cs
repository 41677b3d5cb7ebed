using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Hashing;

/// <summary>Finds ranges that were never written according to the file system, so that their bytes are known to be zero without reading.</summary>
internal static partial class Holes
{
    private const int SeekData = 3; // SEEK_DATA of Linux
    private const int NoDataBehind = 6; // ENXIO

    /// <summary>Whether a file has no data from <paramref name="start"/> up to <paramref name="end"/>; also true if it ends before.</summary>
    public static bool Cover(SafeFileHandle file, long start, long end) => FirstData(file, start) >= end;

    /// <summary>Where a file has data from <paramref name="start"/> on; <see cref="long.MaxValue"/> if there is none.</summary>
    public static long FirstData(SafeFileHandle file, long start)
    {
        if (!OperatingSystem.IsLinux())
            return start;
        var data = Seek(file, start, SeekData);
        // A file system without holes returns the start itself; one that cannot tell fails with another error.
        return data >= 0 ? data : Marshal.GetLastPInvokeError() == NoDataBehind ? long.MaxValue : start;
    }

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);
}
