using System.Globalization;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.RdApi.Redis;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>A Redis that is full, in which strangers write, that forgets all in the middle, or that lets nobody in any more costs no client anything but time.</summary>
public sealed class HostileRedisTests
{
    private const int Blocks = 200;

    private const int EntryBlocks = 16;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    // Of another kind.
    [InlineData("set CLAIMS nonsense")]
    // Without a group.
    [InlineData("xadd CLAIMS 5-7 b nonsense")]
    // With entries that are none, or no numbers at all for us.
    [InlineData("xgroup create CLAIMS hash 0 mkstream|xadd CLAIMS 5-7 b nonsense")]
    [InlineData("xgroup create CLAIMS hash 0 mkstream|xadd CLAIMS 18446744073709551614-18446744073709551614 b nonsense")]
    // Ended, but the digests are lost.
    [InlineData("xgroup create CLAIMS hash 0 mkstream")]
    [InlineData("rpush DIGESTS nonsense")]
    public async Task What_a_stranger_wrote_into_the_keys_is_got_over(string commands)
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        var name = await NameAsync(fleet);
        await fleet.Redis.AskAsync("flushall");
        foreach (var command in commands.Split('|'))
            Assert.DoesNotContain("ERR", await fleet.Redis.AskAsync(command.Replace("CLAIMS", $"{name}:claims").Replace("DIGESTS", $"{name}:0").Split(' ')), StringComparison.Ordinal);

        await using var another = await StartAnotherAsync(fleet);
        Assert.IsType<StreamLine.End>(await another.Client.StreamAsync("file").LastAsync(Cancellation).AsTask().WaitAsync(ProcessRunner.Limit, Cancellation));
        await Eventually.IsTrueAsync(async () => await fleet.Redis.AskAsync("strlen", $"{name}:0") == $"{Blocks * 32}", "all digests are stored");
        Assert.DoesNotContain("going on in memory", another.Process.Error.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", another.Process.Error.Text, StringComparison.Ordinal);
        Assert.Equal([Blocks], RunningFleet.Hashed(another.Process, "file"));
    }

    [Fact]
    public async Task Who_claims_all_and_never_hashes_is_not_waited_for_for_ever()
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        var claims = $"{await NameAsync(fleet)}:claims";
        await fleet.Redis.AskAsync("flushall");
        await fleet.Redis.AskAsync("xgroup", "create", claims, "hash", "0", "mkstream");
        string[] entries = [.. Enumerable.Range(0, Blocks).Where(block => block % EntryBlocks == 0)
            .Select(block => string.Create(CultureInfo.InvariantCulture, $"{block + 1}-{Math.Min(EntryBlocks, Blocks - block)}"))];
        foreach (var entry in entries)
            await fleet.Redis.AskAsync("xadd", claims, entry, "b", "");
        await fleet.Redis.AskAsync("xreadgroup", "group", "hash", "stranger", "count", "1000", "streams", claims, ">");
        using var over = new CancellationTokenSource();
        var renewing = RenewAsync();

        await using var another = await StartAnotherAsync(fleet);
        Assert.IsType<StreamLine.End>(await another.Client.StreamAsync("file").LastAsync(Cancellation).AsTask().WaitAsync(ProcessRunner.Limit, Cancellation));
        Assert.False(renewing.IsCompleted);
        await over.CancelAsync();
        await renewing;

        async Task RenewAsync()
        {
            while (!over.IsCancellationRequested)
                await fleet.Redis.AskAsync(["xclaim", claims, "hash", "stranger", "0", .. entries, "justid"]);
        }
    }

    [Fact]
    public async Task A_full_Redis_still_tells_what_it_knows_and_takes_the_rest_when_there_is_room()
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        await NameAsync(fleet);
        await fleet.CreateAsync("new", Blocks);
        await fleet.Redis.AskAsync("config", "set", "maxmemory-policy", "noeviction");
        await fleet.Redis.AskAsync("config", "set", "maxmemory", "1");
        await using var another = await StartAnotherAsync(fleet);
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
    public async Task A_master_that_becomes_a_replica_is_done_without_until_it_is_one_again()
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        await NameAsync(fleet);
        await fleet.CreateAsync("new", Blocks);
        await fleet.Redis.AskAsync("replicaof", "127.0.0.1", $"{FreePort.Find()}");
        await using var another = await StartAnotherAsync(fleet);
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

        await fleet.CreateAsync("next", Blocks);
        await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync("next").LastAsync(Cancellation)));
        await fleet.AssertHashedAsync("next", Blocks);
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
        await Task.WhenAll(fleet.Servers.Select(server => server.Process.Error.WaitForAsync("going on in memory")));
        await fleet.Redis.AskAsync("-a", "secret", "config", "set", "requirepass", "");
        await Task.WhenAll(fleet.Servers.Select(server => server.Process.Error.WaitForAsync("can be used again")));
    }

    [Fact]
    public async Task The_master_of_the_Sentinels_may_die_while_nobody_asks()
    {
        await using var sentinels = new RedisSentinels();
        await sentinels.InitializeAsync();
        await using var fleet = await RunningFleet.StartAsync(RedisStores.UrlOf(sentinels), null, 2, "--worker", "1");
        fleet.Nodes = [sentinels.Replica];
        await fleet.CreateAsync("file", 600);
        await Eventually.IsTrueAsync(async () => (await sentinels.Master.AskAsync("pubsub", "channels")).Contains("3:fleet", StringComparison.Ordinal), "they listen");
        await sentinels.Master.StopAsync();
        await Eventually.IsTrueAsync(async () => (await sentinels.Replica.AskAsync("role")).StartsWith("master", StringComparison.Ordinal), "there is another master");
        await Eventually.IsTrueAsync(
            async () => (await sentinels.Replica.AskAsync("pubsub", "numsub", "rd:3:fleet")).EndsWith("\n2", StringComparison.Ordinal), "both listen to it");
    }

    /// <summary>Has a file hashed and its digests stored.</summary>
    /// <returns>What the names of its keys begin with.</returns>
    private static async Task<string> NameAsync(RunningFleet fleet)
    {
        await fleet.CreateAsync("file", Blocks);
        Assert.IsType<StreamLine.End>(await fleet.Servers[0].Client.StreamAsync("file").LastAsync(Cancellation));
        var name = "";
        await Eventually.IsTrueAsync(async () => (name = await fleet.Redis.AskAsync("keys", "*:0")).Length > 0 && await fleet.Redis.AskAsync("strlen", name) == $"{Blocks * 32}", "it is stored");
        return name[..^2];
    }

    /// <summary>Has all replicas hash a large file.</summary>
    private static async Task<Task<StreamLine>[]> BeginTogetherAsync(RunningFleet fleet)
    {
        await fleet.CreateAsync("file", 600);
        var both = fleet.Servers.Select(async server => await server.Client.StreamAsync("file").LastAsync(Cancellation)).ToArray();
        await Eventually.IsTrueAsync(async () => await fleet.ClaimantsAsync() == 2, "they work together");
        return both;
    }

    /// <summary>One that knows nothing yet.</summary>
    private static async Task<RdApiProcess> StartAnotherAsync(RunningFleet fleet)
    {
        fleet.Servers[0].Process.Send(Signal.Kill);
        await fleet.Servers[0].Process.WaitForExitAsync();
        var another = await RdApiProcess.StartAsync(fleet.Root.Path, "--redis", $"redis://127.0.0.1:{fleet.Redis.Port}", "--worker", "1");
        await Eventually.IsTrueAsync(async () => (await fleet.Redis.AskAsync("pubsub", "channels")).Contains("3:fleet", StringComparison.Ordinal), "it shares");
        return another;
    }
}
