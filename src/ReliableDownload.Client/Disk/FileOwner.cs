using System.Runtime.InteropServices;

namespace ReliableDownload.Client.Disk;

/// <summary>Whose a file is: another user's may be changed by him after it was proven. Only Linux is asked.</summary>
internal static partial class FileOwner
{
    /// <summary>Whom this process writes as. Linux only.</summary>
    public static uint User => GetEUid();

    /// <summary>Whether there is something at <paramref name="path"/>, a link or what it leads to, that belongs to another user than what this process makes.</summary>
    public static bool IsAnother(string path)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        List<uint> owners = [.. new[] { FileStatus.OwnerOf(path, followLinks: false), FileStatus.OwnerOf(path, followLinks: true) }.OfType<uint>()];
        if (owners.TrueForAll(owner => owner == User))
            return false;
        // Shares and containers may tell of another user than the one who made a file: only what is new there says who we are.
        var mine = UserIn(Path.GetDirectoryName(path)!);
        return owners.Exists(owner => owner != mine);
    }

    /// <summary>Throws where that is so.</summary>
    /// <exception cref="DownloadFailedException">It is.</exception>
    public static void Check(string path)
    {
        if (IsAnother(path))
            throw new DownloadFailedException(DownloadOutcome.LocalFile, $"'{path}' belongs to another user, who could change what is proven; remove it, or choose another folder");
    }

    // Null where nothing can be made.
    private static uint? UserIn(string folder)
    {
        var probe = Path.Combine(folder, $".rd-owner-{Guid.NewGuid():N}");
        try
        {
            using var made = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            return FileStatus.OwnerOf(probe, followLinks: false);
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEUid();
}
