using System.Buffers;
using System.Text;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>
/// The jail in the framework's own means, for systems without openat2. Between its check and the opening somebody who can write in
/// the root could swap a folder for a link; and names that are no UTF-8 are not served.
/// </summary>
/// <param name="root">The absolute path of the folder that is served.</param>
/// <param name="showHidden">Whether names that begin with a dot are served.</param>
internal sealed class PortableWebRoot(string root, bool showHidden) : IWebRoot
{
    // What Linux allows (path_resolution(7)).
    private const int MaxLinks = 40;

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };

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
            file.Refresh();
            return handle is null ? null : new ServedFile(handle, Identity(file) with { Size = RandomAccess.GetLength(handle) });
        }
        catch (Exception error) when (error is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public ServedFile? OpenFileAtOnce(RequestPath path) => null;

    public FileIdentity? Identify(RequestPath path)
    {
        using var file = OpenFile(path);
        return file?.Identity;
    }

    public bool IsFolder(RequestPath path) => Resolve(path) is DirectoryInfo;

    public IReadOnlyList<FolderEntry>? ListFolder(RequestPath path)
    {
        if (Resolve(path) is not DirectoryInfo folder)
            return null;
        var entries = new List<FolderEntry>();
        foreach (var name in folder.EnumerateFileSystemInfos("*", Everything).Select(info => Encoding.UTF8.GetBytes(info.Name)))
        {
            if (!RequestPath.IsName(name) || Resolve(path.Child(name)) is not { } info)
                continue;
            if (info is DirectoryInfo)
                entries.Add(new FolderEntry(name, IsFolder: true, 0, Nanoseconds(info.LastWriteTimeUtc)));
            else if (Identify(path.Child(name)) is { } identity)
                entries.Add(new FolderEntry(name, IsFolder: false, identity.Size, identity.Modified));
        }

        return entries;
    }

    private FileSystemInfo? Resolve(RequestPath path)
    {
        EventThread.AssertLeft();
        if (path.IsHidden && !showHidden)
            return null;
        if (Canonical(root) is not { } folder || !Directory.Exists(folder))
            throw new IOException($"the web root {root} is gone");
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
    /// The absolute path without links; null where nothing is, or where some system (Windows) would open another name than was
    /// asked. A link's own <c>..</c> is taken literally; what comes out has no links, so that it is what the check sees that is opened.
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

    /// <summary>The framework knows times in units of 100 ns, and no change times.</summary>
    private static FileIdentity Identity(FileInfo file) => new(file.Length, Nanoseconds(file.LastWriteTimeUtc), Inode: 0, Changed: 0);

    private static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * 100;
}
