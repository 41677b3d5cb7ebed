using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>Digests that came wrong, as any byte can on a bad line.</summary>
public sealed class WrongDigestTests
{
    private const int Blocks = 10;
    private const int Size = Blocks * ClientFixture.BlockSize;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_digest_that_came_wrong_is_asked_for_again(bool withEnd)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        SendWrongOnce(fixture.Server, withEnd);

        var result = await fixture.DownloadAsync(fixture.Options with { StallLimit = Eventually.Limit, MaxAttempts = 30 });

        fixture.AssertComplete(result);
        Assert.InRange(result.WrongBlocks, 0, 3);
    }

    [Fact]
    public async Task A_right_target_is_not_called_wrong_for_a_digest_that_came_wrong()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        await File.WriteAllBytesAsync(fixture.Target, fixture.Server.Content, TestContext.Current.CancellationToken);
        SendWrongOnce(fixture.Server, withEnd: true);

        Assert.Equal(DownloadOutcome.AlreadyComplete, (await fixture.DownloadAsync()).Outcome);
    }

    /// <summary>The first answer has a wrong digest, and then the end, or nothing for ever.</summary>
    private static void SendWrongOnce(ScriptedServer server, bool withEnd) => server.OnMetadata = async (context, number) =>
    {
        if (number > 0)
            return false;
        var digests = server.Digests().Run(0, Blocks);
        digests[100] ^= 1;
        await ScriptedServer.SendStreamAsync(context, lines =>
        {
            lines.File(server.FileLine);
            lines.Blocks(0, digests, 32);
            if (withEnd)
                lines.End(server.Digests().Root());
        });
        if (!withEnd)
            await ScriptedServer.HoldAsync(context);
        return true;
    };
}
