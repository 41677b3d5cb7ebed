using System.Text;

namespace ReliableDownload.Api.Files;

/// <summary>A folder of a <see cref="PortableWebRoot"/>.</summary>
/// <param name="root">Finds out what lies in it.</param>
/// <param name="path">Its path below the root.</param>
/// <param name="folder">The same, resolved.</param>
internal sealed class PortableFolder(PortableWebRoot root, RequestPath path, DirectoryInfo folder) : IServedFolder
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    public FileIdentity Identity { get; } = new(0, FileIdentity.Nanoseconds(folder.LastWriteTimeUtc), Inode: 0, Changed: 0);

<<<<<<< HEAD
    /// <summary>Whether this user may read the names in a folder, and look at what they stand for.</summary>
    public static bool IsReadable(DirectoryInfo folder)
    {
        try
        {
            _ = folder.EnumerateFileSystemInfos("*", Everything).FirstOrDefault();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Probe()
    {
        if (!IsReadable(folder))
            throw new IOException("Permission denied");
    }
=======
    public void Probe() => Read(static infos => infos.FirstOrDefault());
>>>>>>> wt-B

    public FolderNames ReadNames()
    {
        var names = new FolderNames();
<<<<<<< HEAD
        foreach (var name in Found().Select(Encoding.UTF8.GetBytes))
=======
        foreach (var name in Read(static infos => infos.Select(info => Encoding.UTF8.GetBytes(info.Name)).ToList()))
>>>>>>> wt-B
        {
            if (RequestPath.IsName(name) && Describe(name) is { } entry)
                names.Add(name, entry.IsFolder);
        }

        return names;
    }

    public FolderEntry? Describe(ReadOnlySpan<byte> name) => root.Describe(path.Child(name));

    public ServedFile? OpenFile(ReadOnlySpan<byte> name) => root.OpenFile(path.Child(name));

    private List<string> Found()
    {
        try
        {
            return [.. folder.EnumerateFileSystemInfos("*", Everything).Select(info => info.Name)];
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    public void Dispose()
    {
        // Nothing is held open.
    }

    private T Read<T>(Func<IEnumerable<FileSystemInfo>, T> read)
    {
        try
        {
            return read(folder.EnumerateFileSystemInfos("*", Everything));
        }
        catch (IOException error)
        {
            // Clients are told the message; the framework's says where the root is.
            throw new IOException("the folder cannot be read", error);
        }
    }
}
