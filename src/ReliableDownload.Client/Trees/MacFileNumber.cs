using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace ReliableDownload.Client.Trees;

/// <summary>Which file an entry of a disk of macOS is. Names there are the same in each form of Unicode, and .NET does not tell.</summary>
[SupportedOSPlatform("macos")]
internal static unsafe partial class MacFileNumber
{
    /// <summary>The entry with its number, or as it is where the system does not tell.</summary>
    public static TreeEntry AddTo(TreeEntry entry, string path)
    {
        var status = stackalloc byte[512];
        if ((RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? LStat(path, status) : LStatOfIntel(path, status)) != 0)
            return entry;
        // struct stat with 64-bit inodes: st_dev at 0, st_nlink at 6, st_ino at 8.
        return entry with { Device = *(uint*)status, Links = *(ushort*)(status + 6), Inode = *(ulong*)(status + 8) };
    }

    [LibraryImport("libc", EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LStat(string path, byte* status);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LStatOfIntel(string path, byte* status);
}
