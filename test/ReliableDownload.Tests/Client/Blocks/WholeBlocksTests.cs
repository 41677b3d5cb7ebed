using Microsoft.Extensions.Time.Testing;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Blocks;

public sealed class WholeBlocksTests
{
    private const int Length = 100;

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly List<OpenBlock> _batch = [];
    private volatile bool _isReceiving;

    [Fact]
    public void Where_nothing_else_is_to_come_a_prover_takes_what_waits_as_far_as_it_can()
    {
        var blocks = New(maxHashing: 2, lanes: 2);
        Add(blocks, Length, Length, Length);

        Assert.Equal([0, 1], Take(blocks));
        Assert.Equal([2], Take(blocks));
    }

    [Fact]
    public void A_shorter_block_is_taken_alone()
    {
        var blocks = New(maxHashing: 3);
        Add(blocks, Length, 7, Length);

        Assert.Equal([0], Take(blocks));
        Assert.Equal([1], Take(blocks));
        Assert.Equal([2], Take(blocks));
    }

    [Fact]
    public void What_came_last_is_taken_before_it_is_over()
    {
        var blocks = New(connections: 2);
        blocks.EndConnection();
        Add(blocks, Length);
        blocks.EndConnection();

        Assert.Equal([0], Take(blocks));
        blocks.EndHashing();
        Assert.Empty(Take(blocks));
    }

    [Fact]
    public async Task Blocks_that_come_while_others_are_hashed_are_taken_together()
    {
        var blocks = New();
        Add(blocks, Length);
        Assert.Equal([0], Take(blocks));
        var second = TakeLater(blocks);

        Add(blocks, Length, Length, Length);
        Assert.False(second.IsCompleted);
        blocks.EndHashing();

        Assert.Equal(3, await second);
    }

    [Theory]
    [InlineData(1, 3, 100)] // All lanes have one.
    [InlineData(4, 16, 10)] // Half of what is not being received into is full.
    public async Task While_others_come_blocks_wait_until_lanes_or_memory_are_full(int connections, int lanes, int memory)
    {
        _isReceiving = true;
        var blocks = New(connections, lanes: lanes, memory: memory);
        var taken = TakeLater(blocks);

        Add(blocks, Length, Length);
        Assert.False(taken.IsCompleted);
        Add(blocks, Length);

        Assert.Equal(3, await taken);
    }

    [Fact]
    public void On_a_slow_line_a_block_is_not_held_back()
    {
        _isReceiving = true;
        var blocks = New();
        Add(blocks, Length);
        _time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal([0], Take(blocks));
    }

    [Fact]
    public async Task What_waits_for_company_goes_when_the_last_request_is_over()
    {
        _isReceiving = true;
        var blocks = New();
        var taken = TakeLater(blocks);
        Add(blocks, Length);

        _isReceiving = false;
        blocks.EndReceiving();

        Assert.Equal(1, await taken);
    }

    private WholeBlocks New(int connections = 1, int maxHashing = 1, int lanes = 16, int memory = 100) =>
        new(connections, maxHashing, lanes, memory, () => _isReceiving, _time);

    private static void Add(WholeBlocks blocks, params int[] lengths)
    {
        for (var i = 0; i < lengths.Length; i++)
            blocks.Add(new OpenBlock(i, i * Length, lengths[i], new byte[Length]));
    }

    private IEnumerable<int> Take(WholeBlocks blocks) => blocks.Take(_batch) ? _batch.Select(open => open.Block) : [];

    /// <summary>How many blocks somebody takes who waits for them.</summary>
    private static Task<int> TakeLater(WholeBlocks blocks)
    {
        var batch = new List<OpenBlock>();
        return Task.Factory.StartNew(
            () => blocks.Take(batch) ? batch.Count : 0,
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
    }
}
