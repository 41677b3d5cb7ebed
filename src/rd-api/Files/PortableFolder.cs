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

    public void Probe() => Read(static infos => infos.FirstOrDefault());

    public FolderNames ReadNames()
    {
        var names = new FolderNames();
        foreach (var name in Read(static infos => infos.Select(info => Encoding.UTF8.GetBytes(info.Name)).ToList()))
        {
            if (RequestPath.IsName(name) && Describe(name) is { } entry)
                names.Add(name, entry.IsFolder);
        }

        return names;
    }

    public FolderEntry? Describe(ReadOnlySpan<byte> name) => root.Describe(path.Child(name));

    public ServedFile? OpenFile(ReadOnlySpan<byte> name) => root.OpenFile(path.Child(name));

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
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Clients are told the message; the framework's says where the root is.
            throw new IOException("the folder cannot be read", error);
        }
    }
}
