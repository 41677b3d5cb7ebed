using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Blocks;

public sealed class SchedulerTests
{
    private const int BlockSize = 100;
    private const int Large = 16 << 20; // bytes; there is memory for four of them

    private static readonly Func<bool, bool> Always = _ => true;

    private readonly BlockMap _map = new(new BlockLayout(10 * BlockSize, BlockSize), DigestAlgorithm.Sha1, _ => false);

    [Fact]
    public void A_piece_is_as_long_as_the_connection_wants_it()
    {
        var scheduler = WithDigests(10);

        Assert.Equal((0, 300), Take(scheduler, 300));
        Assert.Equal((300, 360), Take(scheduler, 60));
        Assert.Equal((360, 400), Take(scheduler, 300));
        Assert.Equal((400, 1000), Take(scheduler, 10_000));
    }

    [Fact]
    public void What_did_not_come_is_for_the_next_one()
    {
        var scheduler = WithDigests(10);
        var piece = scheduler.Take(_ => 300, Always, _ => Help.None)!;
        scheduler.Fill(scheduler.BlockOf(piece)!, new ByteRange(0, 30));
        piece.Next = 30;
        scheduler.End(piece);

        Assert.Equal((30, 100), Take(scheduler, 1000));
        Assert.Equal((100, 1000), Take(scheduler, 10_000));
    }

    [Fact]
    public void Blocks_whose_digests_are_pending_are_handed_to_nobody()
    {
        var scheduler = WithDigests(2);

        Assert.Equal((0, 200), Take(scheduler, 10_000));
    }

    [Fact]
    public void Of_the_last_piece_half_the_blocks_that_are_not_begun_change_hands()
    {
        var scheduler = WithDigests(10);
        var slow = scheduler.Take(_ => 10_000, Always, _ => Help.None)!;
        slow.Next = 150;

        Assert.Equal((600, 1000), Take(scheduler, 10_000, Help.Share));
        Assert.Equal(600, slow.To);
    }

    [Fact]
    public void What_is_shared_of_a_block_that_nobody_opened_is_not_handed_out_again_with_it()
    {
        const int Mebibyte = 1 << 20;
        var scheduler = new Scheduler(new BlockMap(new BlockLayout(2 * Mebibyte, Mebibyte), DigestAlgorithm.Sha1, _ => false));
        scheduler.AddDigests(0, new byte[40]);
        Piece Next(Help help) => scheduler.Take(_ => 2 * Mebibyte, Always, _ => help)!;
        var first = Next(Help.None);
        var second = Next(Help.Share);
        first.Next = first.To;
        var third = Next(Help.Share);
        Assert.Equal((second.To, 2L * Mebibyte), (third.From, third.To));

        scheduler.End(second);

        var again = Next(Help.None);
        Assert.Equal((Mebibyte, third.From), (again.From, again.To));
    }

    [Fact]
    public async Task Who_waits_for_memory_goes_on_when_nobody_will_free_it_soon()
    {
        var scheduler = new Scheduler(new BlockMap(new BlockLayout(5L * Large, Large), DigestAlgorithm.XxHash128, _ => false, hasDigests: false));
        Piece Next(int blocks) => scheduler.Take(_ => (long)blocks * Large, Always, _ => Help.None)!;
        var pieces = new[] { Next(2), Next(1), Next(1), Next(1) };
        var whole = pieces.Select(piece => scheduler.BlockOf(piece)!).ToList();
        foreach (var (piece, open) in pieces.Zip(whole))
        {
            piece.Next = piece.From + Large;
            Assert.True(scheduler.Fill(open, new ByteRange(piece.From, Large)));
        }

        var next = new TaskCompletionSource<OpenBlock?>();
        var waiter = new Thread(() => next.SetResult(scheduler.BlockOf(pieces[0]))) { IsBackground = true };
        waiter.Start();
        await Eventually.IsTrueAsync(() => waiter.ThreadState.HasFlag(ThreadState.WaitSleepJoin), "somebody waits");
        whole.ForEach(scheduler.Keep);

        Assert.Equal(1, (await next.Task.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken))?.Block);
    }

    [Fact]
    public void What_is_left_of_an_open_block_is_handed_out_though_memory_is_full()
    {
        var scheduler = WithFullMemory(out _);

        // The other three wait for the first one in their order.
        var rest = scheduler.Take(_ => Large, Always, _ => Help.None, onIdle: scheduler.Stop);

        Assert.Equal((Large / 2, Large), (rest?.From, rest?.To));
    }

    [Fact]
    public void A_connection_that_is_not_wanted_is_needed_where_all_others_wait_for_memory()
    {
        var scheduler = WithFullMemory(out _);

        var rest = scheduler.Take(_ => Large, isNeeded => isNeeded, _ => Help.None, onIdle: scheduler.Stop);

        Assert.Equal((Large / 2, Large), (rest?.From, rest?.To));
    }

    [Fact]
    public async Task A_piece_that_is_done_waits_for_no_memory()
    {
        var scheduler = WithFullMemory(out var done);

        var next = await Task.Run(() => scheduler.BlockOf(done)).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);

        Assert.Null(next);
    }

    [Fact]
    public void A_piece_that_ends_while_help_is_considered_needs_none()
    {
        var scheduler = WithDigests(1);
        var quick = scheduler.Take(_ => BlockSize, Always, _ => Help.None)!;

        var help = scheduler.Take(_ => BlockSize, Always, piece =>
        {
            // Its connection goes on without asking anyone.
            quick.Next = quick.To;
            scheduler.Stop();
            return Help.Rescue;
        });

        Assert.Null(help);
    }

    private static (long From, long To)? Take(Scheduler scheduler, long limit, Help help = Help.None) =>
        scheduler.Take(_ => limit, Always, _ => help) is { } piece ? (piece.From, piece.To) : null;

    /// <summary>Of the first of four blocks half came before its connection was cut, the others are whole; there is memory for no fifth.</summary>
    /// <param name="done">The piece of another one, whose connection has not said yet that it is done.</param>
    private static Scheduler WithFullMemory(out Piece done)
    {
        var scheduler = new Scheduler(new BlockMap(new BlockLayout(5L * Large, Large), DigestAlgorithm.XxHash128, _ => false, hasDigests: false, window: 4));
        var pieces = Enumerable.Range(0, 4).Select(_ => scheduler.Take(_ => Large, Always, _ => Help.None)!).ToList();
        foreach (var piece in pieces)
        {
            var count = piece == pieces[0] ? Large / 2 : Large;
            scheduler.Fill(scheduler.BlockOf(piece)!, new ByteRange(piece.From, count));
            piece.Next = piece.From + count;
        }

        scheduler.End(pieces[0]);
        done = pieces[3];
        return scheduler;
    }

    private Scheduler WithDigests(int count)
    {
        var scheduler = new Scheduler(_map);
        Assert.True(scheduler.AddDigests(0, new byte[count * 20]));
        return scheduler;
    }
}
