using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>Connections that fetch what a slower one is stuck with.</summary>
public sealed class RescueTests
{
    private const int Size = 100 * ClientFixture.BlockSize;

    [Fact]
    public async Task What_was_fetched_for_a_connection_that_waits_for_its_headers_is_not_fetched_again()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number == 4)
                await ScriptedServer.HoldAsync(context);
            return number == 4;
        };

        var result = await fixture.DownloadAsync(fixture.Options with { Connections = 4, StallLimit = TimeSpan.FromMinutes(1) });

        fixture.AssertComplete(result);
        Assert.Equal(Size, result.BytesFetched);
    }
}
