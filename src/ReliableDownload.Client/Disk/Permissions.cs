using System.Runtime.InteropServices;

namespace ReliableDownload.Client.Disk;

/// <summary>Who may do what with a file that takes another one's place: the same people as before.</summary>
internal static partial class Permissions
{
    private const UnixFileMode Kept = (UnixFileMode)0b111_111_111;
    private const uint Same = uint.MaxValue; // Of chown(2): as it was.

    /// <summary>Gives <paramref name="path"/> the owner, the group and the mode of <paramref name="replaced"/>, as far as the system allows. A link has none of its own.</summary>
    public static void Take(string replaced, string path)
    {
        if (OperatingSystem.IsWindows() || !FileStatus.IsRegularItself(replaced))
            return;
        try
        {
            var mode = File.GetUnixFileMode(replaced) & Kept;
            // Who is not root may at least name a group of his own.
            if (OperatingSystem.IsLinux() && FileStatus.OwnersOf(replaced) is var (user, group) && ChangeOwner(path, user, group) != 0)
                _ = ChangeOwner(path, Same, group);
            File.SetUnixFileMode(path, mode);
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            // Not every file system has modes.
        }
    }

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
