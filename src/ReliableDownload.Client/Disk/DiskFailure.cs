namespace ReliableDownload.Client.Disk;

/// <summary>What a failure of the local disk means for a download.</summary>
internal static class DiskFailure
{
    private const int NoSpace = 28; // ENOSPC
    private const int QuotaReached = 122; // EDQUOT on Linux
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Whether an exception is one of the disk's.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException;

    /// <summary>Runs <paramref name="action"/>; what the disk refuses is told of <paramref name="path"/>.</summary>
    public static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (Is(error))
        {
            throw Of(error, path);
        }
    }

    /// <param name="path">The file or folder that it happened to.</param>
    public static DownloadFailedException Of(Exception error, string path) => error.HResult is NoSpace or QuotaReached or WindowsDiskFull or WindowsHandleDiskFull
        ? Full($"no room left on the disk for '{path}'; make room and run the same command again, what is there is kept")
        : new DownloadFailedException(DownloadOutcome.LocalFile, $"'{path}': {error.Message}");

    /// <summary>Throws where a folder cannot be, because it or one above it is a file. The system's own words for that mislead.</summary>
    public static void CheckFolder(string folder)
    {
        for (var path = folder; path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path))
                throw new DownloadFailedException(DownloadOutcome.LocalFile, $"'{path}' is a file where a folder is needed; choose another folder");
        }
    }

    /// <inheritdoc cref="Guard{T}"/>
    public static void Guard(string path, Action action) => Guard(path, () =>
    {
        action();
        return true;
    });

    /// <summary>Runs <paramref name="action"/>, which only cleans up; what the disk refuses is told and does no harm.</summary>
    public static void Tolerate(Action action, Action<string> tell)
    {
        try
        {
            action();
        }
        catch (Exception error) when (Is(error))
        {
            tell($"the file is complete, but {error.Message}");
        }
    }

    /// <summary>Throws where <paramref name="path"/>'s file system has no room for so many bytes more.</summary>
    public static void CheckRoom(string path, long bytes)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (FreeSpace(folder) is { } free && bytes > free)
            throw NoRoom(folder, bytes, free);
    }

    /// <summary>How many bytes more a folder's file system has room for; null where it does not say.</summary>
    public static long? FreeSpace(string folder) =>
        // Windows says nothing of a share's room, and some file systems in user space claim to have no size at all.
        folder.StartsWith(@"\\", StringComparison.Ordinal) || new DriveInfo(folder) is { TotalSize: 0 } ? null : new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>There is no room for so many bytes.</summary>
    public static DownloadFailedException NoRoom(string folder, long bytes, long free) =>
        Full($"no room in '{folder}': {bytes / 1048576.0:F1} MiB are still to come and {free / 1048576.0:F1} MiB are free; make room, or choose another folder");

    private static DownloadFailedException Full(string message) => new(DownloadOutcome.DiskFull, message);
}
