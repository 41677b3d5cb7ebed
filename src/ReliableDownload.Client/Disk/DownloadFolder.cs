using System.Security.Cryptography;
using System.Text;

namespace ReliableDownload.Client.Disk;

/// <summary>
/// The folder of one unfinished download, locked as long as this object lives: <c>data</c>, <c>journal</c> and <c>lock</c>. It
/// belongs to a target: a URL that moved goes on with the same blocks, and a namesake for another place gets a folder of its own.
/// </summary>
internal sealed class DownloadFolder : IDisposable
{
    // A longer name could not take the mark of its target: file systems end at 255 bytes, and a character takes up to 3 of them.
    private const int MaxNameLength = 80;

    // EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION.
    private static readonly int[] LockedErrors = [11, 35, unchecked((int)0x80070020)];

    // Another process may remove the folder again while this one opens it, but hardly so often.
    private const int MaxTries = 100;

    private readonly FileStream _lock;
    private bool _isDeleted;

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

    // The target, for as long as the journal does not tell it.
    private string OwnerPath => System.IO.Path.Combine(Path, "owner");

    /// <summary>An empty file that is there only for a moment.</summary>
    public string ProbePath => System.IO.Path.Combine(Path, "probe");

    private string LockPath => System.IO.Path.Combine(Path, "lock");

    /// <summary>Opens or makes the folder for <paramref name="target"/>; null when another process is at it.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static DownloadFolder? Open(string temporaryDirectory, string target)
    {
        var name = System.IO.Path.GetFileName(target);
        var temporary = System.IO.Path.GetFullPath(temporaryDirectory);
        var plain = System.IO.Path.Combine(temporary, name);
        // Where temp and output dir are one, the folder cannot have the file's own name.
        if (plain != target && !FileOwner.IsAnother(plain) && (OwnerOf(plain) is not { } owner || owner == target))
        {
            var folder = Lock(plain);
            if (folder is null && (ReadOwner(plain) is not { } holder || holder == target))
                return null;
            if (folder is not null && (OwnerOf(plain) is not { } settled || settled == target))
                return folder.Owned(target);
            folder?.Dispose();
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target)));
        var marked = name.Length <= MaxNameLength ? $"{name}.{hash[..8]}" : hash;
        return Lock(System.IO.Path.Combine(temporary, marked))?.Owned(target);
    }

    /// <summary>Removes what this program made; files of others stay, and the folder with them.</summary>
    public void Delete()
    {
        File.Delete(DataPath);
        File.Delete(ManifestPath);
        File.Delete(JournalPath);
        File.Delete(OwnerPath);
        File.Delete(Journal.FreshPath(JournalPath));
        File.Delete(ProbePath);
        // From here on the folder may belong to another process.
        _isDeleted = true;
        File.Delete(LockPath);
        DeleteIfEmpty(Path);
        var parent = System.IO.Path.GetDirectoryName(Path)!;
        if (System.IO.Path.GetFileName(parent) == DownloadOptions.DefaultTemporaryDirectory)
            DeleteIfEmpty(parent);
    }

    /// <summary>Releases the lock, and removes the folder if no download was started in it.</summary>
    public void Dispose()
    {
        if (!_isDeleted && Directory.Exists(Path) && !File.Exists(DataPath) && !File.Exists(JournalPath))
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

    private static string? ReadOwner(string folder)
    {
        var path = System.IO.Path.Combine(folder, "owner");
        try
        {
            if (!FileStatus.IsRegularItself(path) || new FileInfo(path).Length is 0 or > ushort.MaxValue)
                return null;
            // It may be a new one by now, in which nothing is written yet.
            return File.ReadAllText(path) is { Length: > 0 } owner ? owner : null;
        }
        catch (IOException)
        {
            return null; // Its owner removes it just now, or writes it.
        }
    }

    private DownloadFolder Owned(string target)
    {
        try
        {
            // Who may write here could have laid a link, a pipe or a file of his own in a file's place; they must neither lead out of the folder nor block nor be his.
            foreach (var path in (string[])[DataPath, JournalPath, ManifestPath])
                DeleteIfStrange(path);
            File.Delete(OwnerPath);
            using var owner = new StreamWriter(new FileStream(OwnerPath, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite));
            owner.Write(target);
            return this;
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    private static void DeleteIfStrange(string path)
    {
        if (Directory.Exists(path) && new FileInfo(path).LinkTarget is null)
            throw new DownloadFailedException(DownloadOutcome.LocalFile, $"'{path}' is a folder where rd keeps a file of its own; move it away");
        if (FileStatus.IsOtherItself(path) || FileOwner.IsAnother(path))
            File.Delete(path);
    }

    private static DownloadFolder? Lock(string path)
    {
        var lockPath = System.IO.Path.Combine(path, "lock");
        for (var tries = 1; ; tries++)
        {
            try
            {
                Directory.CreateDirectory(path);
                FileOwner.Check(path);
                DeleteIfStrange(lockPath);
                // On Unix this is flock(2), which the system releases when the process dies in whatever way.
                var @lock = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (FileStatus.IsSame(@lock.SafeFileHandle, lockPath))
                    return new DownloadFolder(path, @lock);
                @lock.Dispose(); // The process that had it removed it in between, and another may have made a new one.
                if (tries == MaxTries)
                    throw new IOException($"'{lockPath}' is replaced again and again");
            }
            catch (IOException error) when ((error is DirectoryNotFoundException or FileNotFoundException || (error.HResult == FileCalls.ErrnoExists && !File.Exists(path))) && tries < MaxTries)
            {
                // The folder was removed in between.
            }
            catch (IOException error) when (LockedErrors.Contains(error.HResult))
            {
                return null;
            }
        }
    }
}
