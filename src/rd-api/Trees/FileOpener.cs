using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>
/// Opens files below a folder. Those that are asked for together mostly lie together, so the folder of the last one stays open: finding a file from
/// the root would take twice as long as reading it. Blocks; for one caller at a time.
/// </summary>
internal sealed class FileOpener(IWebRoot root, RequestPath folder) : IDisposable
{
    private IServedFolder? _folder;
    private ReadOnlyMemory<byte> _path;

    /// <summary>Its path below the root.</summary>
    public RequestPath PathOf(WantedFile file) => folder.Child(file.Path.Bytes.Span);

    /// <summary>The folder that a file is in; null if there is none that may be served.</summary>
    /// <param name="file">Which file.</param>
    /// <param name="name">Its name there.</param>
    /// <exception cref="IOException">It cannot be read now.</exception>
    public IServedFolder? FolderOf(WantedFile file, out ReadOnlyMemory<byte> name)
    {
        var path = file.Path.Bytes;
        var slash = path.Span.LastIndexOf((byte)'/');
        name = path[(slash + 1)..];
        var above = path[..Math.Max(slash, 0)];
        if (_folder is not null && above.Span.SequenceEqual(_path.Span))
            return _folder;
        Dispose();
        _path = above;
        return _folder = root.OpenFolder(above.IsEmpty ? folder : folder.Child(above.Span) with { EndsWithSlash = true });
    }

    public void Dispose()
    {
        _folder?.Dispose();
        _folder = null;
    }
}
