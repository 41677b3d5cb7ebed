using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>Several rd-api that share a Redis and the same files.</summary>
public sealed class FleetTests(RedisCluster cluster) : IClassFixture<RedisCluster>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_that_are_asked_for_a_new_file_at_once_hash_each_block_once()
    {
        await using var fleet = await RunningFleet.StartAsync(2);
        await fleet.CreateAsync("file", 200);
        var last = await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync("file").LastAsync(Cancellation)));
        Assert.Single(last.Select(line => Convert.ToHexString(Assert.IsType<StreamLine.End>(line).Root)).Distinct());
        await fleet.AssertHashedAsync("file", 200);
    }

    [Fact]
    public async Task Who_is_not_asked_helps_and_knows_the_digests_afterwards()
    {
        await using var fleet = await RunningFleet.StartAsync(2, "--worker", "1");
        await fleet.CreateAsync("file", 300);
        Assert.IsType<StreamLine.End>((await fleet.StreamFromBothAsync("file"))[^1]);
        await fleet.AssertHashedAsync("file", 300);
        Assert.All(fleet.Servers, server => Assert.NotEqual(0, RunningFleet.Hashed(server.Process, "file").Sum()));
        Assert.IsType<StreamLine.End>(await fleet.Servers[1].Client.StreamAsync("file").LastAsync(Cancellation));
        await fleet.AssertHashedAsync("file", 300);
    }

    [Fact]
    public async Task A_Cluster_carries_claims_and_messages_as_well()
    {
        await using var fleet = await RunningFleet.StartAsync($"redis://127.0.0.1:{cluster.Nodes[0].Port}", null, 2, "--worker", "1");
        fleet.Nodes = cluster.Nodes;
        await fleet.CreateAsync("file", 300);
        Assert.IsType<StreamLine.End>((await fleet.StreamFromBothAsync("file"))[^1]);
        Assert.IsType<StreamLine.End>(await fleet.Servers[1].Client.StreamAsync("file").LastAsync(Cancellation));
        await fleet.AssertHashedAsync("file", 300);
        Assert.All(fleet.Servers, server => Assert.NotEqual(0, RunningFleet.Hashed(server.Process, "file").Sum()));
    }

    [Fact]
    public async Task A_client_that_waits_for_the_end_of_a_file_is_served_first()
    {
        await using var fleet = await RunningFleet.StartAsync(2, "--worker", "1");
        await fleet.CreateAsync("file", 2000);
        await using var front = fleet.Servers[0].Client.StreamAsync("file").GetAsyncEnumerator(Cancellation);
        while (front.Current is not StreamLine.Blocks)
            Assert.True(await front.MoveNextAsync());
        var line = await fleet.Servers[1].Client.StreamAsync("file?from=1999").FirstAsync(line => line is StreamLine.Blocks or StreamLine.End, Cancellation);
        Assert.Equal(1999, Assert.IsType<StreamLine.Blocks>(line).First);
        // In the order of the file this block would have come last.
        Assert.Empty(RunningFleet.Hashed(fleet.Servers[0].Process, "file"));
    }

    [Fact]
    public async Task The_digest_of_a_whole_file_is_calculated_by_one()
    {
        await using var fleet = await RunningFleet.StartAsync(2);
        await fleet.CreateAsync("file", 200);
        var answers = await Task.WhenAll(fleet.Servers.Select(server => server.Client.GetStringAsync("/file?sha256", Cancellation)));
        Assert.Equal(answers[0], answers[1]);
        Assert.Single(fleet.Servers.SelectMany(server => server.Process.Error.Lines), line => line.Contains("file hashed as a whole", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_runs_helps_to_hash_ahead_of_time()
    {
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        await fleet.CreateAsync("file", 2000);
        await using var ahead = ProcessRunner.Start("rd-api", ["hash", "--redis", $"redis://127.0.0.1:{fleet.Redis.Port}", "--worker", "1", "--verbose", "--web-root", fleet.Root.Path]);
        await Eventually.IsTrueAsync(async () => await fleet.ClaimantsAsync() > 0, "it is being hashed");
        ahead.Send(Signal.Stop);
        await Eventually.IsTrueAsync(async () => await fleet.ClaimantsAsync() == 2, "the server hashes as well");
        ahead.Send(Signal.Continue);

        var ended = await ahead.WaitForExitAsync();

        Assert.True(ended == 0, ahead.Error.Text);
        // What was claimed here may be hashed twice: on a busy machine the halt lasts longer than a lease.
        await Eventually.IsTrueAsync(() => Hashed() >= 2000, "both have told how much they hashed");
        Assert.NotInRange(RunningFleet.Hashed(fleet.Servers[0].Process, "file").Sum(), 0, 0);

        int Hashed() => RunningFleet.Hashed(fleet.Servers[0].Process, "file").Sum() + RunningFleet.Hashed(ahead, "file").Sum();
    }

    [Fact]
    public async Task Small_files_are_hashed_without_a_stream()
    {
        await using var fleet = await RunningFleet.StartAsync(1);
        await fleet.CreateAsync("file", 31);
        await fleet.Servers[0].Client.StreamAsync("file").LastAsync(Cancellation);
        await Eventually.IsTrueAsync(async () => await fleet.Redis.AskAsync("dbsize") == "1", "the digests are stored");
        Assert.EndsWith(":0", await fleet.Redis.AskAsync("keys", "*"), StringComparison.Ordinal);
    }
}
