using ReliableDownload.Client.Blocks;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Blocks;

public sealed class WholeBlocksTests
{
    private const int Length = 100;

    private readonly List<OpenBlock> _batch = [];

    [Fact]
    public void A_prover_takes_what_waits_as_far_as_it_can()
    {
        var blocks = new WholeBlocks(connections: 1, maxHashing: 2);
        Add(blocks, Length, Length, Length);

        Assert.Equal([0, 1], Take(blocks, max: 2));
        Assert.Equal([2], Take(blocks, max: 2));
    }

    [Fact]
    public void A_shorter_block_is_taken_alone()
    {
        var blocks = new WholeBlocks(connections: 1, maxHashing: 3);
        Add(blocks, Length, 7, Length);

        Assert.Equal([0], Take(blocks, max: 16));
        Assert.Equal([1], Take(blocks, max: 16));
        Assert.Equal([2], Take(blocks, max: 16));
    }

    [Fact]
    public void What_came_last_is_taken_before_it_is_over()
    {
        var blocks = new WholeBlocks(connections: 2, maxHashing: 1);
        blocks.EndConnection();
        Add(blocks, Length);
        blocks.EndConnection();

        Assert.Equal([0], Take(blocks, max: 16));
        blocks.EndHashing();
        Assert.Empty(Take(blocks, max: 16));
    }

    [Fact]
    public async Task Blocks_that_come_while_others_are_hashed_are_taken_together()
    {
        var blocks = new WholeBlocks(connections: 1, maxHashing: 1);
        Add(blocks, Length);
        Assert.Equal([0], Take(blocks, max: 16));
        var others = new List<OpenBlock>();
        var second = Task.Factory.StartNew(() => blocks.Take(others, 16), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Add(blocks, Length, Length, Length);
        Assert.False(second.IsCompleted);
        blocks.EndHashing();

        Assert.True(await second.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));
        Assert.Equal(3, others.Count);
    }

    private static void Add(WholeBlocks blocks, params int[] lengths)
    {
        for (var i = 0; i < lengths.Length; i++)
            blocks.Add(new OpenBlock(i, i * Length, lengths[i], new byte[Length]));
    }

    private IEnumerable<int> Take(WholeBlocks blocks, int max) => blocks.Take(_batch, max) ? _batch.Select(open => open.Block) : [];
}
