using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// The system calls of a tree on an open file of a Linux disk, and on what this process is to it. A call that fails leaves its reason in
/// <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal static unsafe partial class OpenFileCalls
{
    private const long NowOmitted = 0x3FFFFFFE; // UTIME_OMIT
    private const long Second = 1_000_000_000; // nanoseconds

    /// <summary>Has one file share the other's blocks, where the file system can.</summary>
    public static bool Clone(SafeFileHandle source, SafeFileHandle clone) => IoCtl(clone, 0x40049409, source) == 0; // FICLONE

    /// <summary>Writes all of it behind what was written before; false where the disk refuses.</summary>
    public static bool Write(SafeFileHandle file, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            for (nint done = 0; done < data.Length;)
            {
                var written = Write(file, start + done, data.Length - done);
                if (written < 0)
                    return false;
                done += written;
            }
        }

        return true;
    }

    /// <summary>Sets a file's time of last modification.</summary>
    public static bool SetTime(SafeFileHandle file, long nanoseconds)
    {
        var seconds = Math.DivRem(nanoseconds, Second, out var rest);
        if (rest < 0)
            (seconds, rest) = (seconds - 1, rest + Second);
        var times = stackalloc long[] { 0, NowOmitted, seconds, rest };
        return FUtimeNs(file, times) == 0;
    }

    public static bool SetMode(SafeFileHandle file, int mode) => FChMod(file, mode) == 0;

    /// <summary>Has all that was written to a folder's file system survive a power cut.</summary>
    public static bool FlushFileSystem(SafeFileHandle folder) => SyncFs(folder) == 0;

    public static bool Flush(SafeFileHandle file) => FSync(file) == 0;

    /// <summary>The bits of access that new files do not get (umask). Linux tells without changing it.</summary>
    public static int Mask()
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("Umask:", StringComparison.Ordinal))
                return Convert.ToInt32(line[6..].Trim(), 8);
        }

        return 0x12; // 022
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle file, byte* data, nint count);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    private static partial int FUtimeNs(SafeFileHandle file, long* times);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int FChMod(SafeFileHandle file, int mode);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(SafeFileHandle folder);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoCtl(SafeFileHandle file, nuint request, SafeFileHandle argument);
}
