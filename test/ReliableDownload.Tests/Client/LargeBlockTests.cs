using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>Blocks that are too long for memory: an rd-api 1.x can be told any size, and 100 MiB is in use.</summary>
public sealed class LargeBlockTests
{
    private const int BlockSize = 17 << 20;
    private const int Size = (2 * BlockSize) + 12345;

    [Fact]
    public async Task They_arrive_whole_and_wrong_bytes_are_fetched_again()
    {
        await using var fixture = await ClientFixture.StartAsync(Size, BlockSize);
        const int Wrong = BlockSize + (BlockSize / 2);
        fixture.Server.OnRange = async (context, _) =>
        {
            var (from, to) = ScriptedServer.RangeOf(context);
            // Until it is noticed: where an answer is slow, another connection brings its bytes.
            if (from > Wrong || to < Wrong || IsNoticed())
                return false;
            var body = fixture.Server.Slice(context);
            body[Wrong - from] ^= 1;
            await ScriptedServer.SendRangeAsync(context, Size, body);
            return true;
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.True(result.WrongBlocks > 0, "no block was wrong");

        bool IsNoticed()
        {
            lock (fixture.Events)
                return fixture.Events.Exists(told => told.Contains("wrong bytes", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Zeros_among_them_stay_zeros()
    {
        await using var fixture = await ClientFixture.StartAsync(Size, BlockSize);
        var content = new byte[Size];
        content[BlockSize + 5] = 1;
        fixture.Server.Content = content;

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Fact]
    public async Task What_came_of_them_is_kept_over_a_stop()
    {
        await using var fixture = await ClientFixture.StartAsync(Size, BlockSize);
        using var stop = new CancellationTokenSource();
        fixture.Server.OnRange = async (context, number) =>
        {
            // The first ones are short.
            if (number >= 2)
                await stop.CancelAsync();
            return false;
        };
        var first = await fixture.DownloadAsync(fixture.Options with { Connections = 1 }, stop.Token);
        fixture.Server.OnRange = (_, _) => Task.FromResult(false);

        var second = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Canceled, first.Outcome);
        fixture.AssertComplete(second);
        Assert.True(second.BytesKept > 0, "nothing was kept");
        Assert.Equal(Size, second.BytesKept + second.BytesFetched);
    }

    [Fact]
    public async Task A_target_that_is_replaced_gives_those_that_are_the_same()
    {
        await using var fixture = await ClientFixture.StartAsync(Size, BlockSize);
        var old = fixture.Server.Content.ToArray();
        old[0] ^= 1;
        await File.WriteAllBytesAsync(fixture.Target, old, TestContext.Current.CancellationToken);

        var result = await fixture.DownloadAsync(fixture.Options with { Overwrite = true });

        fixture.AssertComplete(result);
        Assert.Equal(Size - BlockSize, result.BytesKept);
        Assert.Equal(DownloadOutcome.AlreadyComplete, (await fixture.DownloadAsync()).Outcome);
    }
}
