using System.Security.Cryptography;
using System.Text;

namespace ReliableDownload.Client.Disk;

/// <summary>
/// The folder of one unfinished download, locked as long as this object lives: <c>data</c>, <c>journal</c> and <c>lock</c>. It
/// belongs to a target: a URL that moved goes on with the same blocks, and a namesake for another place gets a folder of its own.
/// </summary>
internal sealed class DownloadFolder : IDisposable
{
    // Another process may remove the folder again while this one opens it, but hardly so often.
    private const int MaxTries = 100;

    private readonly FileStream _lock;

    private DownloadFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    public string DataPath => System.IO.Path.Combine(Path, "data");

    public string JournalPath => System.IO.Path.Combine(Path, "journal");

    /// <summary>The metadata of a finished download whose blocks are kept.</summary>
    public string ManifestPath => System.IO.Path.Combine(Path, "manifest");

    private string LockPath => System.IO.Path.Combine(Path, "lock");

    /// <summary>Opens or makes the folder for <paramref name="target"/>; null when another process is at it.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static DownloadFolder? Open(string temporaryDirectory, string target)
    {
        var name = System.IO.Path.GetFileName(target);
        var plain = System.IO.Path.Combine(System.IO.Path.GetFullPath(temporaryDirectory), name);
        if (OwnerOf(plain) is not { } owner || owner == target)
        {
            var folder = Lock(plain);
            if (folder is null || OwnerOf(plain) is not { } settled || settled == target)
                return folder;
            folder.Dispose();
        }

        var mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target)).AsSpan(0, 4));
        return Lock($"{plain}.{mark}");
    }

    /// <summary>Removes what this program made; files of others stay, and the folder with them.</summary>
    public void Delete()
    {
        File.Delete(DataPath);
        File.Delete(ManifestPath);
        File.Delete(JournalPath);
        File.Delete(LockPath);
        DeleteIfEmpty(Path);
        var parent = System.IO.Path.GetDirectoryName(Path)!;
        if (System.IO.Path.GetFileName(parent) == DownloadOptions.DefaultTemporaryDirectory)
            DeleteIfEmpty(parent);
    }

    /// <summary>Lets others in. A folder that nothing was begun in goes away.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path) && !File.Exists(DataPath) && !File.Exists(JournalPath))
            Delete();
        _lock.Dispose();
    }

    private static void DeleteIfEmpty(string folder)
    {
        try
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Another process begins or ends a download in it just now.
        }
    }

    private static string? OwnerOf(string folder) => Journal.Read(System.IO.Path.Combine(folder, "journal")).Target;

    private static DownloadFolder? Lock(string path)
    {
        var lockPath = System.IO.Path.Combine(path, "lock");
        for (var tries = 1; ; tries++)
        {
            try
            {
                Directory.CreateDirectory(path);
                // On Unix this is flock(2), which the system releases when the process dies in whatever way.
                var @lock = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (File.Exists(lockPath))
                    return new DownloadFolder(path, @lock);
                @lock.Dispose(); // The process that had it removed the folder in between.
            }
            catch (Exception error) when (error is DirectoryNotFoundException or FileNotFoundException && tries < MaxTries)
            {
                // Likewise.
            }
            catch (IOException) when (File.Exists(lockPath))
            {
                return null;
            }
        }
    }
}
