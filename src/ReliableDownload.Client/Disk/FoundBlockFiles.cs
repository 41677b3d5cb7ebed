using System.Globalization;

namespace ReliableDownload.Client.Disk;

/// <summary>The block files of rd 1.x, <c>block&lt;id&gt;_&lt;sha1&gt;</c>, a file for each block: what they hold is taken over.</summary>
internal sealed class FoundBlockFiles : IFoundBlocks
{
    private const string Prefix = "block";

    private readonly ILookup<int, string> _files;

    public FoundBlockFiles(string folder) => _files =
        Directory.EnumerateFiles(folder, Prefix + "*_*").Where(path => BlockOf(path) >= 0).ToLookup(BlockOf);

    public bool IsInPlace => false;

    public bool Has(int block, long offset, int length) => _files[block].Any(path => new FileInfo(path).Length == length);

    public bool TryRead(int block, long offset, Span<byte> data)
    {
        foreach (var path in _files[block])
        {
            using var file = File.OpenRead(path);
            if (file.Length != data.Length)
                continue;
            file.ReadExactly(data);
            return true;
        }

        return false;
    }

    /// <summary>Removes them: their blocks are in the finished file.</summary>
    public void Delete()
    {
        foreach (var path in _files.SelectMany(files => files))
            File.Delete(path);
    }

    public void Dispose()
    {
    }

    private static int BlockOf(string path)
    {
        var name = Path.GetFileName(path.AsSpan())[Prefix.Length..];
        return int.TryParse(name[..name.IndexOf('_')], NumberStyles.None, CultureInfo.InvariantCulture, out var block) ? block : -1;
    }
}
