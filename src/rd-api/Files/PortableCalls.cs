using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>Opens a regular file without ever waiting: the framework's open of a FIFO waits for a writer.</summary>
internal static partial class PortableCalls
{
    /// <summary>The opened file; null if it may not be read or is not a file.</summary>
    public static SafeFileHandle? OpenRegular(string path)
    {
        if (OperatingSystem.IsWindows())
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var handle = Open(path, ReadWithoutWaiting);
        if (!handle.IsInvalid && IsSeekable(handle))
            return handle;
        handle.Dispose();
        return null;
    }

    // O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, whose values differ between kernels.
    private static int ReadWithoutWaiting =>
        OperatingSystem.IsLinux() ? 0x800 | 0x100 | 0x80000
        : OperatingSystem.IsMacOS() ? 0x4 | 0x20000 | 0x1000000
        : 0x4 | 0x8000 | 0x100000;

    private static bool IsSeekable(SafeFileHandle handle)
    {
        try
        {
            _ = RandomAccess.GetLength(handle);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags);
}
