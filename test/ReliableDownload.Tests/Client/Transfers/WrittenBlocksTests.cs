using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Transfers;

/// <summary>Who follows the blocks of a file gets them in order: from memory where their turn is near.</summary>
public sealed class WrittenBlocksTests
{
    private const int BlockSize = 4096;
    private const int MaxKept = 2;

    private static readonly BlockLayout Layout = new(4 * BlockSize, BlockSize);

    private readonly Scheduler _scheduler;
    private readonly WrittenBlocks _written;
    private readonly Dictionary<int, OpenBlock> _open;

    public WrittenBlocksTests()
    {
        _scheduler = new Scheduler(new BlockMap(Layout, DigestAlgorithm.XxHash128, static _ => false, hasDigests: false));
        _written = new WrittenBlocks(Layout, MaxKept, _scheduler);
        _open = Enumerable.Range(0, Layout.BlockCount).ToDictionary(block => block, NewBlock);
    }

    [Fact]
    public void Nothing_stays_in_memory_before_somebody_follows() => Assert.False(_written.Keep(_open[0]));

    [Fact]
    public void Blocks_come_in_order_those_whose_turn_is_near_from_memory()
    {
        _written.Add(0);
        Assert.Equal((0, null), Take());

        Assert.False(_written.Keep(_open[3]));
        Assert.True(_written.Keep(_open[2]));
        Assert.True(_written.Keep(_open[1]));
        Assert.Equal((1, _open[1]), Take());
        Assert.Equal((2, _open[2]), Take());
        Assert.Equal((3, null), Take());
        Assert.Null(Take());
    }

    [Fact]
    public async Task Who_waits_for_a_block_that_will_not_come_is_told()
    {
        var taken = new TaskCompletionSource<(int Block, OpenBlock? Open)?>();
        var taker = new Thread(() => taken.SetResult(Take())) { IsBackground = true };
        taker.Start();
        await Eventually.IsTrueAsync(() => taker.ThreadState.HasFlag(ThreadState.WaitSleepJoin), "somebody waits");

        _written.End();

        Assert.Null(await taken.Task.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));
    }

    private (int Block, OpenBlock? Open)? Take() => _written.Take(out var block, out var open) ? (block, open) : null;

    private OpenBlock NewBlock(int block)
    {
        var piece = _scheduler.Take(static _ => BlockSize, static _ => true, static _ => Help.None)!;
        var open = _scheduler.BlockOf(piece)!;
        piece.Next = piece.To;
        Assert.True(_scheduler.Fill(open, new ByteRange(piece.From, BlockSize)));
        _scheduler.End(piece);
        return open;
    }
}
