using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>Reads the names in a folder as bytes: the framework's own enumeration gives text, and loses names that are no UTF-8.</summary>
internal static partial class FolderReader
{
    // struct dirent of 64-bit Linux: d_ino 8 bytes, d_off 8, d_reclen 2, d_type 1, d_name.
    private const int NameOffset = 19;

    /// <summary>All names but <c>.</c> and <c>..</c>.</summary>
    /// <param name="folder">Opened for reading; used up by this call.</param>
    public static unsafe List<byte[]> ReadNames(SafeFileHandle folder)
    {
        var names = new List<byte[]>();
        var stream = OpenFolder(folder);
        if (stream == 0)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        // The stream owns the descriptor now.
        folder.SetHandleAsInvalid();
        try
        {
            while (ReadEntry(stream) is var entry && entry != null)
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    names.Add(name.ToArray());
            }
        }
        finally
        {
            _ = CloseFolder(stream);
        }

        return names;
    }

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenFolder(SafeFileHandle folder);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static unsafe partial byte* ReadEntry(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseFolder(nint stream);
}
