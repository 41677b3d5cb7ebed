using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_it_is_cut_another_mirror_with_another_version_is_not_the_file(bool hasSize)
    {
        await using var fixture = await PlainFixture.StartAsync();
        await using var other = await ScriptedServer.StartAsync(ScriptedServer.RandomBytes(400_000));
        other.OnMetadata = PlainFixture.NotFound;
        other.OnRange = (context, _) => PlainFixture.SendWholeAsync(context, other.Content, isChunked: !hasSize);
        fixture.Server.OnRange = (context, number) => number == 0 ? CutAsync(context, Task.CompletedTask) : PlainFixture.SendWholeAsync(context, fixture.Server.Content);

        var result = await fixture.DownloadAsync(fixture.Options with { Mirrors = [other.Url] });

        Assert.Equal((DownloadOutcome.Unproven, "", 1), (result.Outcome, result.Message, other.RangeRequests));
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task Another_version_after_a_cut_is_a_change()
    {
        await using var fixture = await PlainFixture.StartAsync();
        var hasCome = new TaskCompletionSource();
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number == 0)
                return await CutAsync(context, hasCome.Task);
            fixture.Server.Content = fixture.Server.Content[..400_000];
            return await PlainFixture.SendWholeAsync(context, fixture.Server.Content);
        };

        var result = await fixture.DownloadAsync(progress: new ProgressProbe(now =>
        {
            if (now.BytesFetched >= 1 << 20)
                hasCome.TrySetResult();
        }));

        Assert.Equal((DownloadOutcome.Unproven, 400_000), (result.Outcome, result.Size));
        Assert.Contains(fixture.Events, told => told.Contains("changed on the server", StringComparison.Ordinal));
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task What_a_Metalink_says_of_the_size_counts_where_the_server_tells_none()
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.OnRange = (context, _) => PlainFixture.SendWholeAsync(context, fixture.Server.Content, isChunked: true);
        var metalink = await Metalink.ReadAsync(new MemoryStream("<metalink><file name='a'><size>5</size></file></metalink>"u8.ToArray()), TestContext.Current.CancellationToken);

        var result = await fixture.DownloadAsync(fixture.Options with { Description = metalink.Files[0] });

        Assert.Equal(DownloadOutcome.NotProven, result.Outcome);
        Assert.False(File.Exists(fixture.Target));
    }

    [Theory]
    [InlineData(1, DownloadOutcome.Complete)]
    [InlineData(100, DownloadOutcome.NotProven)]
    public async Task Where_the_digest_does_not_fit_all_of_it_is_fetched_again_past_caches(int wrongTimes, DownloadOutcome outcome)
    {
        await using var fixture = await PlainFixture.StartAsync();
        var pastCaches = 0;
        fixture.Server.OnRange = (context, number) =>
        {
            pastCaches += context.Request.Headers.CacheControl == "no-cache" ? 1 : 0;
            var content = (byte[])fixture.Server.Content.Clone();
            content[1000] ^= (byte)(number < wrongTimes ? number + 1 : 0);
            return PlainFixture.SendWholeAsync(context, content);
        };
        Assert.True(Checksum.TryParse($"sha-256={Convert.ToHexString(SHA256.HashData(fixture.Server.Content))}", out var checksum));

        var result = await fixture.DownloadAsync(fixture.Options with { Checksum = checksum });

        Assert.Equal((outcome, Math.Min(wrongTimes, 2)), (result.Outcome, pastCaches));
        if (outcome == DownloadOutcome.Complete)
            fixture.AssertTargetIsRight();
        else
            Assert.Contains("it came differently each of 3 times", result.Message);
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

    private static async Task<bool> CutAsync(HttpContext context, Task hasCome)
    {
        context.Response.ContentLength = PlainFixture.Size;
        await context.Response.Body.WriteAsync(new byte[1 << 20]);
        await context.Response.Body.FlushAsync();
        await hasCome;
        context.Abort();
        return true;
    }
}
