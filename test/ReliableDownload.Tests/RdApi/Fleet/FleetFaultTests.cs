using ReliableDownload.Protocol;
using ReliableDownload.Tests.RdApi.Redis;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>What dies in a fleet, or does not do its part, costs no client anything but time.</summary>
public sealed class FleetFaultTests(RedisSentinels sentinels) : IClassFixture<RedisSentinels>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-@stream")]
    [InlineData("-@scripting")]
    [InlineData("-@pubsub")]
    public async Task A_Redis_that_does_not_let_them_share_keeps_the_digests_all_the_same(string forbidden)
    {
        await using var redis = await RedisServer.StartAsync(port => ["--port", $"{port}", "--save", "", "--user", "rd", "on", ">secret", "~*", "&*", "+@all", forbidden]);
        await using var fleet = await RunningFleet.StartAsync($"redis://rd:secret@127.0.0.1:{redis.Port}", null, 1);
        await fleet.CreateAsync("file", 40);
        Assert.IsType<StreamLine.End>(await fleet.Servers[0].Client.StreamAsync("file").LastAsync(Cancellation));
        await fleet.AssertHashedAsync("file", 40);
        await Eventually.IsTrueAsync(async () => (await redis.AskAsync("keys", "*:0")).Length > 0, "the digests are stored");
        Assert.Single(fleet.Servers[0].Process.Error.Lines, line => line.Contains("each hashes alone", StringComparison.Ordinal));
        Assert.DoesNotContain("going on in memory", fleet.Servers[0].Process.Error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_one_had_begun_is_finished_by_the_others()
    {
        const int Blocks = 300;
        await using var fleet = await RunningFleet.StartAsync(2, "--worker", "1");
        List<StreamLine>? lines = null;
        await fleet.TryWithFilesAsync(Blocks, async file => (lines = await fleet.StreamFromBothAsync(file, () => fleet.Servers[1].Process.Send(Signal.Kill))) is not null);
        Assert.IsType<StreamLine.End>(lines![^1]);
        Assert.Equal(Blocks, MetadataClient.DigestsOf(lines, 32).Length / 32);
        await Eventually.IsTrueAsync(async () => await fleet.ClaimantsAsync() == 0, "no claim was left");
    }

    [Fact]
    public async Task Clients_do_not_notice_that_Redis_is_gone_and_back()
    {
        await using var fleet = await RunningFleet.StartAsync(2, "--worker", "1");
        SampleFile.CreateThin(fleet.Root["other"], 2 << 20);
        await fleet.CreateAsync("file", 600);
        var both = fleet.Servers.Select(async server => await server.Client.StreamAsync("file").LastAsync(Cancellation)).ToArray();
        await Eventually.IsTrueAsync(async () => await fleet.Redis.AskAsync("dbsize") is not "0", "they work together");
        await fleet.Redis.StopAsync();
        // Both notice it, also if the file is done by now.
        await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync("other").LastAsync(Cancellation)));
        await Task.WhenAll(fleet.Servers.Select(server => server.Process.Error.WaitForAsync("going on in memory")));
        await fleet.Redis.StartAgainAsync();
        Assert.All(await Task.WhenAll(both), line => Assert.IsType<StreamLine.End>(line));
        await Task.WhenAll(fleet.Servers.Select(server => server.Process.Error.WaitForAsync("can be used again")));
        Assert.All(fleet.Servers, server => Assert.Single(server.Process.Error.Lines, line => line.Contains("going on in memory", StringComparison.Ordinal)));

        await fleet.TryWithFilesAsync(200, async file =>
        {
            await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync(file).LastAsync(Cancellation)));
            return await fleet.IsHashedOnceAsync(file, 200);
        });
    }

    [Fact]
    public async Task A_Redis_that_is_silent_is_waited_for_once()
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        await fleet.CreateAsync("file", 40);
        fleet.Redis.Send(Signal.Stop);
        Assert.IsType<StreamLine.End>(await fleet.Servers[0].Client.StreamAsync("file").LastAsync(Cancellation));
        fleet.Redis.Send(Signal.Continue);
        // Now it does all that it was asked for meanwhile; whoever wanted to share the work, and waited for that, would have run the script that makes a group.
        Assert.DoesNotMatch("cmdstat_(eval|script|xgroup)", await fleet.Redis.AskAsync("info", "commandstats"));
    }

    [Fact]
    public async Task A_stream_that_breaks_at_one_goes_on_at_another()
    {
        await using var fleet = await RunningFleet.StartAsync(2, "--worker", "1");
        await fleet.CreateAsync("file", 300);
        var lines = new List<StreamLine>();
        // A fifth of the answer.
        await using var line = Relay.To(fleet.Servers[0].BaseAddress, _ => new RelayScript { CutAfter = 4000 });
        using var client = new HttpClient { BaseAddress = line.Through(fleet.Servers[0].BaseAddress) };
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await foreach (var told in client.StreamAsync("file"))
                lines.Add(told);
        });
        fleet.Servers[0].Process.Send(Signal.Kill);
        var known = MetadataClient.DigestsOf(lines, 32).Length / 32;
        Assert.InRange(known, 1, 299);
        var version = Assert.IsType<StreamLine.File>(lines[0]).Version;
        var rest = await fleet.Servers[1].Client.StreamAsync($"file?from={known}&version={version}").ToListAsync(Cancellation);
        Assert.Equal((300 - known) * 32, MetadataClient.DigestsOf(rest, 32, known).Length);
        Assert.IsType<StreamLine.End>(rest[^1]);
    }

    [Fact]
    public async Task The_master_of_the_Sentinels_may_die_and_the_next_one_carries_on()
    {
        await using var fleet = await RunningFleet.StartAsync(RedisStores.UrlOf(sentinels), null, 2, "--worker", "1");
        for (var i = 0; i < 20; i++)
            SampleFile.CreateThin(fleet.Root[$"next-{i}"], 300L << 20);
        SampleFile.CreateThin(fleet.Root["other"], 2 << 20);
        await fleet.CreateAsync("file", 800);
        var both = fleet.Servers.Select(async server => await server.Client.StreamAsync("file").LastAsync(Cancellation)).ToArray();
        await Eventually.IsTrueAsync(async () => await sentinels.Master.AskAsync("dbsize") is not "0", "they work together");
        await sentinels.Master.StopAsync();
        // Both notice it, also if the file is done by now.
        await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync("other").LastAsync(Cancellation)));
        Assert.All(await Task.WhenAll(both), line => Assert.IsType<StreamLine.End>(line));
        await Task.WhenAll(fleet.Servers.Select(server => server.Process.Error.WaitForAsync("can be used again")));

        // The other one knows of a file by messages alone, once it listens to the next master.
        var asked = 0;
        await Eventually.IsTrueAsync(
            async () =>
            {
                Assert.IsType<StreamLine.End>(await fleet.Servers[0].Client.StreamAsync($"next-{asked++}").LastAsync(Cancellation));
                return fleet.Servers[1].Process.Error.Text.Contains(" next-", StringComparison.Ordinal);
            },
            "both hash together again");
    }
}
