using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Disk;

/// <summary>One block file of rd 1.x for each of some blocks. A block that has several files has them in several of these.</summary>
internal sealed class FoundBlockFiles(BlockFiles all, BlockLayout layout, IReadOnlyDictionary<int, string> files) : IFoundBlocks
{
    public bool IsInPlace => false;

    public bool Has(int block, long offset, int length) => files.TryGetValue(block, out var path) && new FileInfo(path) is { Exists: true } file && file.Length == length;

    public bool TryRead(int block, long offset, Span<byte> data)
    {
        using var file = File.OpenRead(files[block]);
        if (file.Length != layout.Length(block))
            return false;
        file.Position = offset - layout.Offset(block);
        file.ReadExactly(data);
        return true;
    }

    public void Release(int block, Action flush) => all.Release(files[block], flush);

    public void Dispose()
    {
    }
}
