using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Tests.Protocol.Hashing;

/// <summary>Many blocks at once, against the framework. <see cref="ProcessorTests"/> runs it for lesser processors.</summary>
public sealed class MultiBufferHashTests
{
    public static TheoryData<DigestAlgorithm, int> Groups()
    {
        var groups = new TheoryData<DigestAlgorithm, int>();
        foreach (var algorithm in Enum.GetValues<DigestAlgorithm>())
        {
            using var hash = new MultiBufferHash(algorithm);
            for (var count = 1; count <= hash.Lanes; count++)
                groups.Add(algorithm, count);
        }

        return groups;
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void Digests_are_the_usual_ones_whatever_the_length(DigestAlgorithm algorithm, int count)
    {
        var random = new Random(count);
        using var hash = new MultiBufferHash(algorithm);
        // All that padding can meet, and some that take many chunks.
        foreach (var length in (int[])[.. Enumerable.Range(0, 130), 1000, 4096, random.Next(100_000)])
        {
            var blocks = RandomBlocks.Of(random, count, length);
            hash.Append(blocks);
            Assert.Equal(RandomBlocks.Digests(algorithm, blocks), Finish(hash, algorithm, count));
        }
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void Blocks_may_come_in_slices(DigestAlgorithm algorithm, int count)
    {
        var random = new Random(count);
        using var hash = new MultiBufferHash(algorithm);
        var blocks = RandomBlocks.Of(random, count, random.Next(20_000, 30_000));
        for (int offset = 0, length; offset < blocks[0].Length; offset += length)
        {
            length = Math.Min(random.Next(50) * 64, blocks[0].Length - offset);
            hash.Append([.. blocks.Select(block => block.Slice(offset, length))]);
        }

        Assert.Equal(RandomBlocks.Digests(algorithm, blocks), Finish(hash, algorithm, count));
    }

    [Fact]
    public void Groups_of_any_number_may_follow_each_other()
    {
        using var hash = new MultiBufferHash(DigestAlgorithm.Sha1);
        foreach (var count in (int[])[hash.Lanes, 1, hash.Lanes, (hash.Lanes + 1) / 2, 2])
        {
            var blocks = RandomBlocks.Of(new Random(count), Math.Min(count, hash.Lanes), 200);
            hash.Append(blocks);
            Assert.Equal(RandomBlocks.Digests(DigestAlgorithm.Sha1, blocks), Finish(hash, DigestAlgorithm.Sha1, blocks.Length));
        }
    }

    [Fact]
    public void Blocks_of_several_lengths_are_refused()
    {
        using var hash = new MultiBufferHash(DigestAlgorithm.Sha1);
        Assert.SkipWhen(hash.Lanes == 1, "This processor hashes one block at a time.");
        Assert.Throws<ArgumentOutOfRangeException>(() => hash.Append([new byte[64], new byte[65]]));
    }

    [Fact]
    public void More_blocks_than_lanes_are_refused()
    {
        using var hash = new MultiBufferHash(DigestAlgorithm.Sha1);
        Assert.Throws<ArgumentOutOfRangeException>(() => hash.Append(new ReadOnlyMemory<byte>[hash.Lanes + 1]));
    }

    private static byte[] Finish(MultiBufferHash hash, DigestAlgorithm algorithm, int count)
    {
        var digests = new byte[count * algorithm.Size];
        hash.Finish(digests);
        return digests;
    }
}
