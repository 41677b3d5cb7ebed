namespace ReliableDownload.Client.Trees;

/// <summary>Opens a tree's folder on disk, as the system does it best.</summary>
internal static class TreeTarget
{
    /// <param name="path">The full path of the folder; it is made where it is missing.</param>
    /// <param name="isDryRun">Whether it is only looked at.</param>
    /// <exception cref="DownloadFailedException">It cannot be used, or another rd is at it.</exception>
    public static ITreeTarget Open(string path, bool isDryRun) =>
        OperatingSystem.IsLinux() ? new LinuxTreeTarget(path, isDryRun) : new PortableTreeTarget(path, isDryRun);
}
