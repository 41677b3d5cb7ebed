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

    /// <summary>Opens a file; null if there is none that can be served.</summary>
    /// <exception cref="IOException">It cannot be opened now.</exception>
    public ServedFile? Open(WantedFile file)
    {
        var path = file.Path.Bytes;
        var slash = path.Span.LastIndexOf((byte)'/');
        var above = path[..Math.Max(slash, 0)];
        if (_folder is null || !above.Span.SequenceEqual(_path.Span))
        {
            Dispose();
            _path = above;
            _folder = root.OpenFolder(above.IsEmpty ? folder : folder.Child(above.Span) with { EndsWithSlash = true });
        }

        // A folder whose names the server may not read may still let it through.
        return _folder is { } opened ? opened.OpenFile(path.Span[(slash + 1)..]) : root.OpenFile(PathOf(file));
    }

    /// <summary>Whether there is a file that is not opened because the server may not read it.</summary>
    public bool IsUnreadable(WantedFile file) => root.Identify(PathOf(file)) is not null;

    public void Dispose()
    {
        _folder?.Dispose();
        _folder = null;
    }
}
