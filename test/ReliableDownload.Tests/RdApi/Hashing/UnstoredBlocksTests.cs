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
        Assert.Equal([new BlockRun(0, 8), new BlockRun(20, 2)], blocks.TakeAll());
        Assert.True(blocks.IsEmpty);
        Assert.Empty(blocks.TakeAll());
    }
}
