using System.Runtime.InteropServices;

namespace ReliableDownload.Client.Disk;

/// <summary>Who may do what with a file that takes another one's place: the same people as before, as far as the system allows.</summary>
/// <param name="Mode">Without the bits that give a program the rights of its owner.</param>
/// <param name="Owners">Null where the system has none.</param>
internal sealed partial record Permissions(UnixFileMode Mode, (uint User, uint Group)? Owners)
{
    private const UnixFileMode Kept = (UnixFileMode)0b111_111_111;
    private const uint Same = uint.MaxValue; // Of chown(2): as it was.

    /// <summary>Those of a file; null where there is none, or a link, which has none of its own.</summary>
    public static Permissions? Of(string path)
    {
        if (OperatingSystem.IsWindows() || !FileStatus.IsRegularItself(path))
            return null;
        try
        {
            return new Permissions(File.GetUnixFileMode(path) & Kept, OperatingSystem.IsLinux() ? FileStatus.OwnersOf(path) : null);
        }
        catch (FileNotFoundException)
        {
            // Somebody removed it in between.
            return null;
        }
    }

    /// <summary>Gives the mode to the file that is to be renamed, so that nobody else reads it in between.</summary>
    public void GiveMode(string path) => DiskFailure.Tolerate(
        () =>
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, Mode);
        },
        static _ => { });

    /// <summary>Gives the owner and the group to the renamed file: not before, as a part file that is another user's is never continued.</summary>
    public void GiveOwners(string path)
    {
        if (Owners is not var (user, group) || FileStatus.OwnersOf(path) is not { } own || own == (user, group))
            return;
        // Who is not root may at least name a group of his own.
        if (ChangeOwner(path, user, group) != 0)
            _ = ChangeOwner(path, Same, group);
    }

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
