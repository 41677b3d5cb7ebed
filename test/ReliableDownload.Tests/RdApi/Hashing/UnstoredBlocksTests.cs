using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class UnstoredBlocksTests
{
    [Fact]
    public void What_several_workers_did_by_turns_is_stored_as_few_runs()
    {
        var blocks = new UnstoredBlocks();
        foreach (var first in (int[])[4, 0, 6, 2, 20])
            blocks.Add(new BlockRun(first, 2));
        Assert.Equal([new BlockRun(0, 8), new BlockRun(20, 2)], blocks.Remove(limit: 100));
        Assert.True(blocks.IsEmpty);
        Assert.Empty(blocks.Remove(limit: 100));
    }

    [Fact]
    public void Many_blocks_are_stored_in_portions()
    {
        var blocks = new UnstoredBlocks();
        blocks.Add(new BlockRun(0, 10));
        blocks.Add(new BlockRun(20, 2));
        Assert.Equal([new BlockRun(0, 8)], blocks.Remove(limit: 8));
        Assert.Equal([new BlockRun(8, 2), new BlockRun(20, 1)], blocks.Remove(limit: 3));
        Assert.Equal([new BlockRun(21, 1)], blocks.Remove(limit: 3));
        Assert.True(blocks.IsEmpty);
    }
}
