using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>A Redis that is full, that forgets all in the middle, or that lets nobody in any more costs no client anything but time.</summary>
public sealed class RedisFaultTests
{
    private const int Blocks = 200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_Redis_still_tells_what_it_knows_and_takes_the_rest_when_there_is_room()
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        await fleet.HashFileAsync(Blocks);
        await fleet.CreateAsync("new", Blocks);
        await fleet.Redis.AskAsync("config", "set", "maxmemory-policy", "noeviction");
        await fleet.Redis.AskAsync("config", "set", "maxmemory", "1");
        await using var another = await fleet.StartAnotherAsync();
        Assert.IsType<StreamLine.End>(await another.Client.StreamAsync("new").LastAsync(Cancellation));
        await another.Process.Error.WaitForAsync("kept in memory meanwhile");
        Assert.IsType<StreamLine.End>(await another.Client.StreamAsync("file").LastAsync(Cancellation));

        await fleet.Redis.AskAsync("config", "set", "maxmemory", "0");
        await another.Process.Error.WaitForAsync("takes new digests again");
        await Eventually.IsTrueAsync(async () => (await fleet.Redis.AskAsync("keys", "*:0")).Split('\n').Length == 2, "both files' digests are stored");
        Assert.Empty(RunningFleet.Hashed(another.Process, "file"));
        Assert.Equal([Blocks], RunningFleet.Hashed(another.Process, "new"));
        Assert.Single(another.Process.Error.Lines, line => line.Contains("meanwhile", StringComparison.Ordinal));
        Assert.DoesNotContain("going on in memory", another.Process.Error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_Redis_that_was_away_is_back_although_it_takes_nothing()
    {
        await using var redis = await RedisServer.StartAsync(port => ["--port", $"{port}", "--save", "", "--maxmemory", "1", "--maxmemory-policy", "noeviction"]);
        await using var fleet = await RunningFleet.StartAsync($"redis://127.0.0.1:{redis.Port}", null, 1);
        var server = fleet.Servers[0];
        await fleet.CreateAsync("file", 1);
        Assert.IsType<StreamLine.End>(await server.Client.StreamAsync("file").LastAsync(Cancellation));
        await server.Process.Error.WaitForAsync("kept in memory meanwhile");
        await redis.StopAsync();
        await server.Process.Error.WaitForAsync("going on in memory");
        await redis.StartAgainAsync();
        await server.Process.Error.WaitForAsync("can be used again");
        await Eventually.IsTrueAsync(async () => (await server.Client.GetAsync(new Uri("/rd/ready", UriKind.Relative), Cancellation)).IsSuccessStatusCode, "it is ready");
    }

    [Fact]
    public async Task A_master_that_becomes_a_replica_is_done_without_until_it_is_one_again()
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        await fleet.HashFileAsync(Blocks);
        await fleet.CreateAsync("new", Blocks);
        await fleet.Redis.AskAsync("replicaof", "127.0.0.1", $"{FreePort.Find()}");
        await using var another = await fleet.StartAnotherAsync();
        Assert.IsType<StreamLine.End>(await another.Client.StreamAsync("new").LastAsync(Cancellation));
        Assert.IsType<StreamLine.End>(await another.Client.StreamAsync("file").LastAsync(Cancellation));
        await fleet.Redis.AskAsync("replicaof", "no", "one");
        await Eventually.IsTrueAsync(async () => (await fleet.Redis.AskAsync("keys", "*:0")).Split('\n').Length == 2, "both files' digests are stored");
    }

    [Fact]
    public async Task Redis_may_forget_all_in_the_middle()
    {
        await using var fleet = await RunningFleet.StartAsync(2, "--worker", "1");
        var both = await BeginTogetherAsync(fleet);
        await fleet.Redis.AskAsync("flushall");
        Assert.All(await Task.WhenAll(both).WaitAsync(ProcessRunner.Limit, Cancellation), line => Assert.IsType<StreamLine.End>(line));
        Assert.All(fleet.Servers, server => Assert.DoesNotContain("going on in memory", server.Process.Error.Text, StringComparison.Ordinal));

        await fleet.TryWithFilesAsync(Blocks, async next =>
        {
            await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync(next).LastAsync(Cancellation)));
            return await fleet.IsHashedOnceAsync(next, Blocks);
        });
    }

    [Fact]
    public async Task Redis_may_ask_for_a_password_in_the_middle()
    {
        await using var fleet = await RunningFleet.StartAsync(2, "--worker", "1");
        var both = await BeginTogetherAsync(fleet);
        await fleet.Redis.AskAsync("config", "set", "requirepass", "secret");
        foreach (var kind in (string[])["normal", "pubsub"])
            await fleet.Redis.AskAsync("-a", "secret", "client", "kill", "type", kind);
        Assert.All(await Task.WhenAll(both).WaitAsync(ProcessRunner.Limit, Cancellation), line => Assert.IsType<StreamLine.End>(line));
        // One may have been done before, and has no reason to ask Redis for anything.
        await fleet.CreateAsync("next", 1);
        await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync("next").LastAsync(Cancellation)));
        await Task.WhenAll(fleet.Servers.Select(server => server.Process.Error.WaitForAsync("going on in memory")));
        await fleet.Redis.AskAsync("-a", "secret", "config", "set", "requirepass", "");
        await Task.WhenAll(fleet.Servers.Select(server => server.Process.Error.WaitForAsync("can be used again")));
    }

    /// <summary>Has all replicas hash a large file.</summary>
    private static async Task<Task<StreamLine>[]> BeginTogetherAsync(RunningFleet fleet)
    {
        await fleet.CreateAsync("file", 600);
        var both = fleet.Servers.Select(async server => await server.Client.StreamAsync("file").LastAsync(Cancellation)).ToArray();
        await Eventually.IsTrueAsync(async () => await fleet.ClaimantsAsync() == 2, "they work together");
        return both;
    }
}
