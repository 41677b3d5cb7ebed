using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Transfers;

public sealed class HeadStartTests
{
    private const int Size = 20 * ClientFixture.BlockSize;

    [Fact]
    public async Task The_files_beginning_is_asked_for_before_the_digests_are_there()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var asked = new TaskCompletionSource();
        fixture.Server.OnRange = (_, _) =>
        {
            asked.TrySetResult();
            return Task.FromResult(false);
        };
        fixture.Server.OnMetadata = async (_, _) =>
        {
            await asked.Task;
            return false;
        };

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Theory]
    [InlineData(StatusCodes.Status200OK)]
    [InlineData(StatusCodes.Status503ServiceUnavailable)]
    public async Task An_answer_that_is_no_help_costs_nothing(int status)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number > 0)
                return false;
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("something else");
            return true;
        };

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Fact]
    public async Task The_beginning_of_an_older_file_is_not_taken()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var began = new TaskCompletionSource();
        fixture.Server.OnRange = (_, _) =>
        {
            began.TrySetResult();
            return Task.FromResult(false);
        };
        fixture.Server.OnMetadata = async (_, number) =>
        {
            await began.Task;
            if (number == 0)
                fixture.Server.Content = ScriptedServer.RandomBytes(Size, seed: 2);
            return false;
        };

        fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Fact]
    public async Task A_download_that_goes_on_does_not_ask_for_what_it_has()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var half = Size / 2;
        fixture.Server.OnRange = async (context, _) =>
        {
            if (ScriptedServer.RangeOf(context).From < half)
                return false;
            context.Abort();
            return await Task.FromResult(true);
        };
        Assert.Equal(DownloadOutcome.Network, (await fixture.DownloadAsync()).Outcome);
        var asked = new ConcurrentQueue<long>();
        fixture.Server.OnRange = (context, _) =>
        {
            asked.Enqueue(ScriptedServer.RangeOf(context).From);
            return Task.FromResult(false);
        };

        fixture.AssertComplete(await fixture.DownloadAsync());

        Assert.DoesNotContain(0, asked);
    }
}
