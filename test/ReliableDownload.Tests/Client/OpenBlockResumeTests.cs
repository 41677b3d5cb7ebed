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
}
