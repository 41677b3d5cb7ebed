using ReliableDownload.Client;

namespace ReliableDownload.Tests.Client.AnyServer;

/// <summary>Servers that send no parts of a file.</summary>
public sealed class OnePassTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_file_comes_over_one_connection_which_is_said_once(bool isChunked)
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.OnRange = (context, _) => PlainFixture.SendWholeAsync(context, fixture.Server.Content, isChunked);

        var result = await fixture.DownloadAsync();

        Assert.Equal((DownloadOutcome.Unproven, PlainFixture.Size), (result.Outcome, result.Size));
        fixture.AssertTargetIsRight();
        Assert.Equal(1, fixture.Server.RangeRequests);
        Assert.Single(fixture.Events, told => told.Contains("one connection", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_cut_it_begins_again_and_zeros_replace_what_came_before(bool isChunked)
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number == 3)
                Array.Clear(fixture.Server.Content);
            if (!isChunked)
                context.Response.ContentLength = PlainFixture.Size;
            await context.Response.Body.WriteAsync(fixture.Server.Content.AsMemory(0, number < 3 ? (number + 1) << 20 : PlainFixture.Size));
            await context.Response.Body.FlushAsync();
            if (number < 3)
                context.Abort();
            return true;
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Unproven, result.Outcome);
        fixture.AssertTargetIsRight();
        Assert.Equal(4, fixture.Server.RangeRequests);
        Assert.Equal(3, result.Retries);
    }

    [Fact]
    public async Task A_server_that_always_cuts_at_the_same_byte_is_given_up()
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.OnRange = async (context, _) =>
        {
            context.Response.ContentLength = PlainFixture.Size;
            await context.Response.Body.WriteAsync(fixture.Server.Content.AsMemory(0, 1 << 20));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };

        Assert.Equal(DownloadOutcome.Network, (await fixture.DownloadAsync()).Outcome);
        Assert.False(File.Exists(fixture.Target));
    }
}
