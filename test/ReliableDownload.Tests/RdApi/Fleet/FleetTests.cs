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
        await fleet.TryWithFilesAsync(200, async file =>
        {
            var last = await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync(file).LastAsync(Cancellation)));
            Assert.Single(last.Select(line => Convert.ToHexString(Assert.IsType<StreamLine.End>(line).Root)).Distinct());
            return await fleet.IsHashedOnceAsync(file, 200);
        });
    }

    [Fact]
    public async Task Who_is_not_asked_helps_and_knows_the_digests_afterwards()
    {
        await using var fleet = await RunningFleet.StartAsync(2, "--worker", "1");
        await AssertShareAsync(fleet);
    }

    [Fact]
    public async Task A_Cluster_carries_claims_and_messages_as_well()
    {
        await using var fleet = await RunningFleet.StartAsync($"redis://127.0.0.1:{cluster.Nodes[0].Port}", null, 2, "--worker", "1");
        fleet.Nodes = cluster.Nodes;
        await AssertShareAsync(fleet);
    }

    [Fact]
    public async Task A_client_that_waits_for_the_end_of_a_file_is_served_first()
    {
        await using var fleet = await RunningFleet.StartAsync(2, "--worker", "1");
        await fleet.CreateAsync("file", 20_000);
        await using var front = fleet.Servers[0].Client.StreamAsync("file").GetAsyncEnumerator(Cancellation);
        while (front.Current is not StreamLine.Blocks)
            Assert.True(await front.MoveNextAsync());
        var line = await fleet.Servers[1].Client.StreamAsync("file?from=19999").FirstAsync(line => line is StreamLine.Blocks or StreamLine.End, Cancellation);
        Assert.Equal(19_999, Assert.IsType<StreamLine.Blocks>(line).First);
        // In the order of the file this block would have come last.
        Assert.Empty(RunningFleet.Hashed(fleet.Servers[0].Process, "file"));
    }

    [Fact]
    public async Task The_digest_of_a_whole_file_is_calculated_by_one()
    {
        await using var fleet = await RunningFleet.StartAsync(2);
        await fleet.TryWithFilesAsync(200, async file =>
        {
            var answers = await Task.WhenAll(fleet.Servers.Select(server => server.Client.GetStringAsync($"/{file}?sha256", Cancellation)));
            Assert.Equal(answers[0], answers[1]);
            return fleet.Servers.SelectMany(server => server.Process.Error.Lines).Count(line => line.Contains($"{file} hashed as a whole", StringComparison.Ordinal)) == 1;
        });
    }

    [Fact]
    public async Task Who_runs_helps_to_hash_ahead_of_time()
    {
        const int Blocks = 1000;
        await using var fleet = await RunningFleet.StartAsync(1, "--worker", "1");
        await fleet.TryWithFilesAsync(Blocks, async file =>
        {
            await using var ahead = ProcessRunner.Start(
                "rd-api", ["hash", "--redis", $"redis://127.0.0.1:{fleet.Redis.Port}", "--worker", "1", "--verbose", "--web-root", fleet.Root.Path, fleet.Root[file]]);
            await Eventually.IsTrueAsync(async () => ahead.HasExited || await fleet.ClaimantsAsync() > 0, "it is being hashed");
            var areBoth = ahead.TrySend(Signal.Stop) && await fleet.DoBothHaveClaimsAsync(fleet.Servers[0].Process);
            ahead.TrySend(Signal.Continue);
            var ended = await ahead.WaitForExitAsync();
            Assert.True(ended == 0, ahead.Error.Text);
            if (!areBoth)
                return false;
            // What was claimed here may be hashed twice: on a busy machine the halt lasts longer than a lease.
            await Eventually.IsTrueAsync(() => Hashed(file, ahead) + Hashed(file, fleet.Servers[0].Process) >= Blocks, "both have told how much they hashed");
            Assert.NotEqual(0, Hashed(file, fleet.Servers[0].Process));
            return true;
        });

        static int Hashed(string file, ProcessRunner process) => RunningFleet.Hashed(process, file).Sum();
    }

    [Fact]
    public async Task What_a_client_distrusts_and_one_hashes_again_the_others_know_as_well()
    {
        await using var fleet = await RunningFleet.StartAsync(2);
        await fleet.CreateAsync("file", 4);
        var right = await RootAsync(0);
        await Eventually.IsTrueAsync(async () => await fleet.Redis.AskAsync("dbsize") == "1", "the digests are stored");
        await fleet.Redis.AskAsync("setrange", await fleet.Redis.AskAsync("keys", "*:0"), "0", "wrong");
        Assert.NotEqual(right, await RootAsync(1));
        using var request = new HttpRequestMessage(HttpMethod.Get, "rd/file") { Headers = { { "Accept", "application/x-ndjson" }, { "Cache-Control", "no-cache" } } };
        using var answer = await fleet.Servers[0].Client.SendAsync(request, Cancellation);
        await Eventually.IsTrueAsync(async () => await RootAsync(1) == right, "the other one has the right digests");

        async Task<string> RootAsync(int server) => Convert.ToHexString(Assert.IsType<StreamLine.End>(await fleet.Servers[server].Client.StreamAsync("file").LastAsync(Cancellation)).Root);
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

    private static async Task AssertShareAsync(RunningFleet fleet)
    {
        var file = await fleet.TryWithFilesAsync(300, async file =>
        {
            if (await fleet.StreamFromBothAsync(file) is not { } lines)
                return false;
            Assert.IsType<StreamLine.End>(lines[^1]);
            // One that is halted for longer than its lease loses its claims.
            return await fleet.IsHashedOnceAsync(file, 300) && fleet.Servers.All(server => RunningFleet.Hashed(server.Process, file).Sum() > 0);
        });
        Assert.IsType<StreamLine.End>(await fleet.Servers[1].Client.StreamAsync(file).LastAsync(Cancellation));
        await fleet.AssertHashedAsync(file, 300);
    }
}
