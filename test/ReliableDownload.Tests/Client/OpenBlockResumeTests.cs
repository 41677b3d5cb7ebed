using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>What had come of blocks that were not whole when the download was stopped.</summary>
public sealed class OpenBlockResumeTests
{
    private const int Size = 1 << 20;

    // One connection asks for half of the file at the most, and gets half of that.
    private const int MoreThanOne = (Size / 4) + (64 << 10);

    [Fact]
    public async Task Parts_of_a_block_that_several_connections_had_fetched_are_kept()
    {
        await using var fixture = await ClientFixture.StartAsync(Size, blockSize: Size);
        using var cancel = new CancellationTokenSource();
        fixture.Server.OnRange = async (context, _) =>
        {
            var body = fixture.Server.Slice(context);
            context.Response.ContentLength = body.Length;
            await ScriptedServer.SendRangeAsync(context, Size, body[..(body.Length / 2)]);
            await context.Response.Body.FlushAsync();
            await ScriptedServer.HoldAsync(context);
            return true;
        };
        var progress = new ProgressProbe(now =>
        {
            if (now.BytesFetched >= MoreThanOne)
                cancel.Cancel();
        });
        var options = fixture.Options with { Connections = 4, StallLimit = Eventually.Limit };
        Assert.Equal(DownloadOutcome.Canceled, (await fixture.DownloadAsync(options, cancel.Token, progress: progress)).Outcome);
        fixture.Server.OnRange = (_, _) => Task.FromResult(false);

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.InRange(result.BytesKept, MoreThanOne, Size - 1);
        Assert.Equal(Size, result.BytesKept + result.BytesFetched);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Half_of_a_block_that_had_been_whole_in_an_older_version_is_kept(int interruptions)
    {
        const int Half = Size / 2;
        await using var fixture = await ClientFixture.StartAsync(2 * Size, blockSize: Size);
        fixture.Server.OnRange = async (context, _) =>
        {
            await SendBeforeAsync(context, Size);
            return true;
        };
        var whole = await fixture.DownloadAsync(fixture.Options with { Connections = 1 });
        Assert.Equal((DownloadOutcome.Network, Size), (whole.Outcome, whole.BytesFetched));
        fixture.Server.Content = ScriptedServer.RandomBytes(2 * Size, seed: 2);
        Assert.Equal((0, Half), await InterruptedAsync(now => now.BytesFetched >= Half));
        for (var i = 1; i < interruptions; i++)
            Assert.Equal((Half, 0), await InterruptedAsync(now => now.BytesKept >= Half));
        fixture.Server.OnRange = (_, _) => Task.FromResult(false);

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal((Half, (2 * Size) - Half), (result.BytesKept, result.BytesFetched));

        async Task<(long Kept, long Fetched)> InterruptedAsync(Func<DownloadProgress, bool> isEnough)
        {
            using var cancel = new CancellationTokenSource();
            fixture.Server.OnRange = async (context, _) =>
            {
                await SendBeforeAsync(context, Half);
                await context.Response.Body.FlushAsync();
                await ScriptedServer.HoldAsync(context);
                return true;
            };
            var progress = new ProgressProbe(now =>
            {
                if (isEnough(now))
                    cancel.Cancel();
            });
            var interrupted = await fixture.DownloadAsync(fixture.Options with { Connections = 2, StallLimit = Eventually.Limit }, cancel.Token, progress: progress);
            Assert.Equal(DownloadOutcome.Canceled, interrupted.Outcome);
            return (interrupted.BytesKept, interrupted.BytesFetched);
        }

        // What is asked for, as far as it lies before that byte.
        Task SendBeforeAsync(HttpContext context, int end)
        {
            var (from, to) = ScriptedServer.RangeOf(context);
            return ScriptedServer.SendRangeAsync(context, fixture.Server.Content.Length, fixture.Server.Slice(context)[..(int)Math.Clamp(end - from, 0, to - from + 1)]);
        }
    }
}
