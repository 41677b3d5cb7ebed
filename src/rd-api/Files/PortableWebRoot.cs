using System.Buffers;
using System.Text;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>
/// The jail built with the framework alone, for systems without openat2. Between its check and the open, somebody who can write below
/// the root could swap a folder for a link; and names that are not UTF-8 are not served.
/// </summary>
/// <param name="root">The absolute path of the folder that is served.</param>
/// <param name="showHidden">Whether names that begin with a dot are served.</param>
internal sealed class PortableWebRoot(string root, bool showHidden) : IWebRoot
{
    // The limit of Linux (path_resolution(7)).
    private const int MaxLinks = 40;

    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    // On Windows these are also streams ("a:b") and wildcards.
    private static readonly SearchValues<char> UnusableCharacters =
        SearchValues.Create(Path.GetInvalidFileNameChars().Where(c => c != '/').ToArray());

    public ServedFile? OpenFile(RequestPath path)
    {
        if (path.EndsWithSlash || Resolve(path) is not FileInfo file)
            return null;
        try
        {
            var handle = PortableCalls.OpenRegular(file.FullName);
            return handle is null ? null : new ServedFile(handle, FileIdentity.Of(handle)) { Access = AccessOf(file) };
        }
        catch (Exception error) when (error is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException error)
        {
            // Clients are told the message; the framework's says where the root is.
            throw new IOException("the file cannot be opened", error);
        }
    }

    public ServedFile? OpenFileWithoutBlocking(RequestPath path) => null;

    public FileIdentity? Identify(RequestPath path)
    {
        using var file = OpenFile(path);
        return file?.Identity;
    }

    public bool IsFolder(RequestPath path) => Resolve(path) is DirectoryInfo;

    public IServedFolder? OpenFolder(RequestPath path) => Resolve(path) is DirectoryInfo folder && PortableFolder.IsReadable(folder) ? new PortableFolder(this, path, folder) : null;

    /// <summary>What is at <paramref name="path"/>; null if nothing is that may be served.</summary>
    public FolderEntry? Describe(RequestPath path) => Resolve(path) switch
    {
        DirectoryInfo folder => new FolderEntry(IsFolder: true, new FileIdentity(0, FileIdentity.Nanoseconds(folder.LastWriteTimeUtc), Inode: 0, Changed: 0), AccessOf(folder)),
        { } file when Identify(path) is { } identity => new FolderEntry(IsFolder: false, identity, AccessOf(file)),
        _ => null,
    };

    private static int? AccessOf(FileSystemInfo info) => OperatingSystem.IsWindows() ? null : (int)info.UnixFileMode;

    private FileSystemInfo? Resolve(RequestPath path)
    {
        EventThread.AssertLeft();
        if (path.IsHidden && !showHidden)
            return null;
        if (Canonical(root) is not { } folder || !Directory.Exists(folder))
            throw new IOException("the web root is gone");
        if (path.Bytes.IsEmpty)
            return new DirectoryInfo(folder);
        if (!TryText(path, out var text) || text.AsSpan().ContainsAny(UnusableCharacters))
            return null;
        if (Canonical(Path.Join(folder, text)) is not { } target)
            return null;
        var prefix = Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar;
        if (target != folder && !target.StartsWith(prefix, StringComparison.Ordinal))
            return null;
        return Directory.Exists(target) ? new DirectoryInfo(target) : File.Exists(target) ? new FileInfo(target) : null;
    }

    /// <summary>
    /// The absolute path without links; null if nothing is there, or if the system (Windows) would open another name than the one
    /// requested. A link's own <c>..</c> is taken literally. The result has no links, so what is opened is what was checked.
    /// </summary>
    private static string? Canonical(string path, int depth = 0)
    {
        if (depth > MaxLinks)
            return null;
        var current = Path.GetPathRoot(path)!;
        foreach (var name in path[current.Length..].Split(Separators, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Join(current, name);
            if (!Path.Exists(next) || Path.GetFullPath(next) != next)
                return null;
            if (new FileInfo(next).LinkTarget is { } link)
                next = Canonical(Path.GetFullPath(link, current), depth + 1);
            if (next is null)
                return null;
            current = next;
        }

        return current;
    }

    private static bool TryText(RequestPath path, out string text)
    {
        text = path.Text;
        return Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(path.Bytes.Span);
    }
}
