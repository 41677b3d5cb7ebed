using System.Globalization;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Disk;

/// <summary>
/// What an rd 1.x left of a download: <c>block&lt;id&gt;_&lt;sha1&gt;</c>, a file for each block, sometimes several for one. Each file goes as soon
/// as its block is proven and flushed in the part file, so that the disk need not hold the download twice. Thread-safe.
/// </summary>
internal sealed class BlockFiles
{
    private const string Prefix = "block";

    // Each removal waits for a flush of the part file, so they are removed some at a time: so many bytes, or this share of the file.
    private const long MaxBytesWaiting = 64 << 20;
    private const int MinRemovals = 32;

    private readonly BlockLayout _layout;
    private readonly Lock _lock = new();
    private readonly List<IGrouping<int, string>> _files;
    private readonly List<string> _waiting = [];
    private long _bytesWaiting;

    /// <param name="folders">Where they may be; a folder that does not exist has none.</param>
    /// <param name="layout">Of the file that they may belong to.</param>
    public BlockFiles(IEnumerable<string> folders, BlockLayout layout)
    {
        _layout = layout;
        _files = folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, Prefix + "*_*"))
            .Where(path => BlockOf(path) >= 0 && FileStatus.IsRegularItself(path)).GroupBy(BlockOf).ToList();
    }

    /// <summary>The files as places: the first of each block, the second of each block that has two, and so on.</summary>
    public IEnumerable<IFoundBlocks> Places => Enumerable.Range(0, _files.Select(twins => twins.Count()).DefaultIfEmpty().Max())
        .Select(layer => new FoundBlockFiles(this, _layout, _files.Where(twins => twins.Count() > layer).ToDictionary(twins => twins.Key, twins => twins.ElementAt(layer))));

    /// <summary>The room that the files give back while the part file grows, in bytes.</summary>
    public long BytesToRelease => Math.Max(0, -MaxWaiting + _files.Where(twins => twins.Key < _layout.BlockCount)
        .Sum(twins => twins.Any(path => new FileInfo(path).Length == _layout.Length(twins.Key)) ? _layout.Length(twins.Key) : 0L));

    private long MaxWaiting => Math.Min(MaxBytesWaiting, _layout.FileSize / MinRemovals);

    /// <summary>A file's block is proven and in the part file, so the file may go.</summary>
    /// <param name="flush">Makes what is in the part file survive a power cut; where it throws nothing is removed.</param>
    public void Release(string path, Action flush)
    {
        lock (_lock)
        {
            _waiting.Add(path);
            _bytesWaiting += new FileInfo(path).Length;
            if (_bytesWaiting < MaxWaiting)
                return;
            flush();
            _waiting.ForEach(File.Delete);
            _waiting.Clear();
            _bytesWaiting = 0;
        }
    }

    /// <summary>Removes all that is left: the file is finished.</summary>
    public void Delete()
    {
        foreach (var path in _files.SelectMany(twins => twins))
            File.Delete(path);
        foreach (var folder in _files.SelectMany(twins => twins).Select(Path.GetDirectoryName).Distinct().Where(folder => !Directory.EnumerateFileSystemEntries(folder!).Any()))
            Directory.Delete(folder!);
    }

    private static int BlockOf(string path)
    {
        var name = Path.GetFileName(path.AsSpan())[Prefix.Length..];
        return int.TryParse(name[..name.IndexOf('_')], NumberStyles.None, CultureInfo.InvariantCulture, out var block) ? block : -1;
    }
}
