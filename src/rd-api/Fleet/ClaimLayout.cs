using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Fleet;

/// <summary>How the blocks of a content are cut into the entries of its stream: alike at all rd-api, as long as the stream's name has the same version. Immutable.</summary>
internal sealed class ClaimLayout(DigestKey key)
{
    // In bytes of the file: all lanes of a worker are busy with it, and so little is lost with who claimed it.
    private const int EntryBytes = 32 << 20;

    private const int MaxEntries = 4096;

    private readonly int _blocks = key.DigestCount;

    /// <summary>Of each but the last.</summary>
    public int EntryBlocks { get; } = Math.Max(1, Math.Max(EntryBytes / Math.Max(key.BlockSize, 1), ((key.DigestCount - 1) / MaxEntries) + 1));

    public IEnumerable<BlockRun> Entries()
    {
        for (var first = 0; first < _blocks; first += EntryBlocks)
            yield return EntryAt(first);
    }

    public BlockRun EntryAt(int block)
    {
        var first = block - (block % EntryBlocks);
        return new BlockRun(first, Math.Min(EntryBlocks, _blocks - first));
    }

    public bool IsEntry(BlockRun run) => run.First >= 0 && run.First < _blocks && run == EntryAt(run.First);
}
