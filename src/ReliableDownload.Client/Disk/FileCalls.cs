using System.Runtime.InteropServices;

namespace ReliableDownload.Client.Disk;

/// <summary>The calls of the operating system that .NET does not offer: a rename that never copies, and the flush of a folder.</summary>
internal static partial class FileCalls
{
    private const int ErrnoExists = 17;
    private const int ErrnoOtherFileSystem = 18;
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint NoReplace = 1; // RENAME_NOREPLACE

    /// <summary>How a rename went where it did not fail altogether.</summary>
    public enum RenameResult
    {
        Done,
        OtherFileSystem,
        TargetExists,
    }

    /// <summary>Renames within one file system, in one step. <see cref="File.Move(string, string)"/> would copy between two.</summary>
    /// <exception cref="IOException">The system refused for another reason.</exception>
    public static RenameResult Rename(string source, string target, bool overwrite)
    {
        if (OperatingSystem.IsWindows())
            return RenameOnWindows(source, target, overwrite);
        // Where the file system does not know NOREPLACE the target is looked at just before.
        if (!overwrite && OperatingSystem.IsLinux() && RenameAt2(CurrentFolder, source, CurrentFolder, target, NoReplace) == 0)
            return RenameResult.Done;
        if (!overwrite && File.Exists(target))
            return RenameResult.TargetExists;
        if (RenameFile(source, target) == 0)
            return RenameResult.Done;
        return Marshal.GetLastPInvokeError() switch
        {
            ErrnoOtherFileSystem => RenameResult.OtherFileSystem,
            ErrnoExists => RenameResult.TargetExists,
            var errno => throw new IOException($"{Marshal.GetPInvokeErrorMessage(errno)}: '{target}'", errno),
        };
    }

    /// <summary>Makes the names in a folder survive a power cut. Windows does it by itself.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0)
            return; // A folder that may be written but not read; the rename itself is done.
        _ = Flush(descriptor);
        _ = Close(descriptor);
    }

    private static RenameResult RenameOnWindows(string source, string target, bool overwrite)
    {
        if (!string.Equals(Path.GetPathRoot(Path.GetFullPath(source)), Path.GetPathRoot(Path.GetFullPath(target)), StringComparison.OrdinalIgnoreCase))
            return RenameResult.OtherFileSystem;
        if (!overwrite && File.Exists(target))
            return RenameResult.TargetExists;
        File.Move(source, target, overwrite);
        return RenameResult.Done;
    }

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameFile(string source, string target);

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameAt2(int sourceFolder, string source, int targetFolder, string target, uint flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
