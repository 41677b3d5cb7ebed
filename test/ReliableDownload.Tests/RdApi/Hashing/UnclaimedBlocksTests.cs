using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class UnclaimedBlocksTests
{
    [Fact]
    public void Blocks_are_claimed_from_the_beginning_and_known_ones_left_out()
    {
        var blocks = Unclaimed(count: 10, known: [0, 4, 5, 9]);
        Assert.Equal(new BlockRun(1, 2), blocks.Claim(0, limit: 2));
        Assert.Equal(new BlockRun(3, 1), blocks.Claim(0, limit: 2));
        Assert.Equal(new BlockRun(6, 3), blocks.Claim(0, limit: 8));
        Assert.True(blocks.IsEmpty);
    }

    [Fact]
    public void A_reader_s_blocks_come_first_and_then_the_lowest()
    {
        var blocks = Unclaimed(count: 10, known: []);
        Assert.Equal(new BlockRun(7, 2), blocks.Claim(7, limit: 2));
        Assert.Equal(new BlockRun(9, 1), blocks.Claim(7, limit: 2));
        Assert.Equal(new BlockRun(0, 2), blocks.Claim(7, limit: 2));
        Assert.Equal(new BlockRun(2, 5), blocks.Claim(10, limit: 8));
        Assert.True(blocks.IsEmpty);
    }

    [Fact]
    public void What_others_hashed_is_not_claimed()
    {
        var blocks = Unclaimed(count: 20, known: [5]);
        blocks.Remove(new BlockRun(2, 2));
        blocks.Remove(new BlockRun(4, 4));
        blocks.Remove(new BlockRun(18, 9));
        Assert.Equal(new BlockRun(0, 2), blocks.Claim(0, limit: 20));
        Assert.Equal(10, blocks.Count);
        Assert.Equal(new BlockRun(8, 10), blocks.Claim(0, limit: 20));
        Assert.True(blocks.IsEmpty);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_order_each_pending_block_is_claimed_once(int seed)
    {
        var random = new Random(seed);
        var known = Enumerable.Range(0, 1000).Where(_ => random.Next(3) == 0).ToArray();
        var blocks = Unclaimed(1000, known);
        var claimed = new List<int>();
        while (!blocks.IsEmpty)
        {
            var run = blocks.Claim(random.Next(1001), limit: random.Next(1, 20));
            claimed.AddRange(Enumerable.Range(run.First, run.Count));
        }

        Assert.Equal(Enumerable.Range(0, 1000).Except(known), claimed.Order());
    }

    private static UnclaimedBlocks Unclaimed(int count, int[] known)
    {
        var digests = new DigestTable(DigestAlgorithm.Sha1, count);
        foreach (var block in known)
            digests.Set(block, new byte[20]);
        return new UnclaimedBlocks(digests);
    }
}
