namespace ReliableDownload.Client.Blocks;

/// <summary>The blocks that arrived with wrong bytes and have not been proven since. Thread-safe.</summary>
internal sealed class WrongBlocks
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, WrongBlock> _blocks = [];

    /// <summary>How often a block did, and whether it was the same as before the last time, as from a cache.</summary>
    public readonly record struct WrongBlock(int Times, byte[] Digest, bool IsRepeated);

    /// <param name="digest">The digest of what came.</param>
    public WrongBlock Count(int block, ReadOnlySpan<byte> digest)
    {
        lock (_lock)
        {
            var before = _blocks.GetValueOrDefault(block);
            return _blocks[block] = new WrongBlock(before.Times + 1, digest.ToArray(), before.Digest is not null && digest.SequenceEqual(before.Digest));
        }
    }

    /// <summary>What is known of a block; <c>default</c> where nothing wrong came.</summary>
    public WrongBlock this[int block]
    {
        get
        {
            lock (_lock)
                return _blocks.GetValueOrDefault(block);
        }
    }

    /// <summary>Forgets a block that has been proven.</summary>
    public void Forget(int block)
    {
        lock (_lock)
            _blocks.Remove(block);
    }
}
