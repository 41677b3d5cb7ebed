using Microsoft.AspNetCore.Http;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>Connections that wait for each other, and have to be woken again.</summary>
public sealed class TurnTests
{
    private const int Size = 100 * ClientFixture.BlockSize;

    [Fact]
    public async Task A_server_that_turns_all_connections_away_at_once_is_asked_again()
    {
        const int Connections = 32;
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var allCame = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number >= Connections)
                return false;
            if (number == Connections - 1)
                allCame.SetResult();
            await allCame.Task.WaitAsync(context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return true;
        };

        var result = await fixture.DownloadAsync(
            fixture.Options with { Connections = Connections, MaxAttempts = 1000, MaxOutage = TimeSpan.FromMinutes(5), StallLimit = Eventually.Limit }, limit.Token);

        fixture.AssertComplete(result);
    }
}
