using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.Protocol.Hashing;

/// <summary>Blocks to hash, and what the framework says of them.</summary>
internal static class RandomBlocks
{
    /// <summary>They begin anywhere in memory, as blocks in files' buffers do.</summary>
    public static ReadOnlyMemory<byte>[] Of(Random random, int count, int length)
    {
        var blocks = new ReadOnlyMemory<byte>[count];
        foreach (ref var block in blocks.AsSpan())
        {
            var start = random.Next(70);
            var buffer = new byte[start + length];
            random.NextBytes(buffer);
            block = buffer.AsMemory(start);
        }

        return blocks;
    }

    public static byte[] Digests(DigestAlgorithm algorithm, IReadOnlyList<ReadOnlyMemory<byte>> blocks)
    {
        var digests = new byte[blocks.Count * algorithm.Size];
        for (var i = 0; i < blocks.Count; i++)
            algorithm.Hash(blocks[i].Span, digests.AsSpan(i * algorithm.Size));
        return digests;
    }
}
