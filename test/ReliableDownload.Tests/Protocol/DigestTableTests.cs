using System.Security.Cryptography;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.Protocol;

public sealed class DigestTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(10_000)]
    public void A_table_says_how_much_memory_it_really_takes(int count)
    {
        _ = Filled(count);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var table = Filled(count);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(table.HeldBytes, allocated - 64, allocated + 64);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4097)]
    [InlineData(20_000)]
    public void The_root_is_the_SHA_256_of_all_digests(int count)
    {
        var table = Filled(count);
        Assert.Equal(SHA256.HashData(table.Run(0, count)), table.Root());
    }

    [Fact]
    public void A_table_of_one_block_takes_less_than_2_KiB()
    {
        Assert.InRange(Filled(1).HeldBytes, 1, 2048);
    }

    [Fact]
    public void A_huge_table_of_which_nothing_is_known_takes_next_to_nothing()
    {
        Assert.InRange(new DigestTable(DigestAlgorithm.Sha256, BlockLayout.MaxBlockCount).HeldBytes, 1, 64 << 10);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(5000, 4095)]
    [InlineData(5000, 4096)]
    [InlineData(5000, 4999)]
    public void A_digest_is_found_where_it_was_put(int count, int block)
    {
        var table = new DigestTable(DigestAlgorithm.Sha1, count);
        var digest = Enumerable.Range(1, 20).Select(i => (byte)i).ToArray();
        table.Set(block, digest);
        table.Set(block, digest);
        Assert.Equal(1, table.KnownCount);
        Assert.Equal(digest, table[block].ToArray());
        Assert.Equal(Enumerable.Range(0, count).Where(other => other == block), Enumerable.Range(0, count).Where(table.IsKnown));
    }

    private static DigestTable Filled(int count)
    {
        var table = new DigestTable(DigestAlgorithm.Sha256, count);
        Span<byte> digest = stackalloc byte[32];
        for (var block = 0; block < count; block++)
            table.Set(block, digest);
        return table;
    }
}
