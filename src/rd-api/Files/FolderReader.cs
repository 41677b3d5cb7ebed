using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Files;

/// <summary>Reads the names in a folder as bytes: the framework's own enumeration returns text, and loses names that are not UTF-8.</summary>
internal static unsafe partial class FolderReader
{
    /// <summary>A type of a name: unknown, to be found out with statx.</summary>
    public const byte Unknown = 0;

    public const byte Folder = 4;
    public const byte File = 8;

    /// <summary>A type of a name: a symbolic link.</summary>
    public const byte Link = 10;

    // struct linux_dirent64 (getdents64(2)): d_ino 8 bytes, d_off 8, d_reclen 2, d_type 1, d_name.
    private const int LengthOffset = 16;
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    // Bytes, for some thousand names: at this size the cost of the calls no longer matters.
    private const int BufferSize = 128 << 10;

    private static readonly nint GetEntriesNumber = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 217 : 61;

    /// <param name="name">Valid during the call.</param>
    /// <param name="type">As the file system reports it without examining the file.</param>
    public delegate void OnName(ReadOnlySpan<byte> name, byte type);

    /// <summary>Reports all names except <c>.</c> and <c>..</c>.</summary>
    /// <param name="folder">Opened for reading, but not read yet.</param>
    /// <param name="onName">Called for each name.</param>
    /// <exception cref="IOException">The folder cannot be read to its end.</exception>
    public static void Read(SafeFileHandle folder, OnName onName)
    {
        var buffer = new byte[BufferSize];
        fixed (byte* start = buffer)
        {
            nint count;
            while ((count = GetEntries(GetEntriesNumber, folder, start, BufferSize)) > 0)
            {
                for (var entry = start; entry < start + count; entry += *(ushort*)(entry + LengthOffset))
                {
                    var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                        onName(name, entry[TypeOffset]);
                }
            }

            if (count < 0)
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    /// <summary>Reads some names, and returns to the beginning.</summary>
    /// <param name="folder">Opened for reading, but not read yet.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static void Probe(SafeFileHandle folder)
    {
        const int Size = 4 << 10;
        var buffer = stackalloc byte[Size];
        if (GetEntries(GetEntriesNumber, folder, buffer, Size) < 0 || Seek(folder, 0, 0) < 0)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle folder, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint GetEntries(nint number, SafeFileHandle folder, byte* buffer, nint size);
}
