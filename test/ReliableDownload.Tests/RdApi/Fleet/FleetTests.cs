using System.Text.RegularExpressions;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>Several rd-api that share a Redis and the same files.</summary>
public sealed partial class FleetTests(RedisCluster cluster) : IClassFixture<RedisCluster>
{
    private const int BlockSize = 2 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_that_are_asked_for_a_new_file_at_once_hash_each_block_once()
    {
        await using var fleet = await StartAsync(2);
        await fleet.CreateAsync("file", 500);
        var last = await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync("file").LastAsync(Cancellation)));
        Assert.Single(last.Select(line => Convert.ToHexString(Assert.IsType<StreamLine.End>(line).Root)).Distinct());
        await fleet.AssertHashedAsync("file", 500);
    }

    [Fact]
    public async Task Who_is_not_asked_helps_and_knows_the_digests_afterwards()
    {
        await using var fleet = await StartAsync(2, "--worker", "1");
        await fleet.CreateAsync("file", 1000);
        Assert.IsType<StreamLine.End>(await fleet.Servers[0].Client.StreamAsync("file").LastAsync(Cancellation));
        await fleet.AssertHashedAsync("file", 1000);
        Assert.All(fleet.Servers, server => Assert.NotEqual(0, Hashed(server, "file").Sum()));
        Assert.IsType<StreamLine.End>(await fleet.Servers[1].Client.StreamAsync("file").LastAsync(Cancellation));
        await fleet.AssertHashedAsync("file", 1000);
    }

    [Fact]
    public async Task A_Cluster_carries_claims_and_messages_as_well()
    {
        await using var fleet = await StartAsync($"redis://127.0.0.1:{cluster.Nodes[0].Port}", null, 2, "--worker", "1");
        await fleet.CreateAsync("file", 800);
        Assert.All(
            await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync("file").LastAsync(Cancellation))),
            line => Assert.IsType<StreamLine.End>(line));
        await fleet.AssertHashedAsync("file", 800);
        Assert.All(fleet.Servers, server => Assert.NotEqual(0, Hashed(server, "file").Sum()));
    }

    [Theory]
    [InlineData("-@stream")]
    [InlineData("-@scripting")]
    [InlineData("-@pubsub")]
    public async Task A_Redis_that_does_not_let_them_share_keeps_the_digests_all_the_same(string forbidden)
    {
        await using var redis = await RedisServer.StartAsync(port => ["--port", $"{port}", "--save", "", "--user", "rd", "on", ">secret", "~*", "&*", "+@all", forbidden]);
        await using var fleet = await StartAsync($"redis://rd:secret@127.0.0.1:{redis.Port}", null, 1);
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
        await using var fleet = await StartAsync(2, "--worker", "1");
        await fleet.CreateAsync("file", 1500);
        var isKilled = false;
        StreamLine? last = null;
        await foreach (var line in fleet.Servers[0].Client.StreamAsync("file"))
        {
            last = line;
            if (isKilled || line is not StreamLine.Blocks || !await fleet.BothClaimAsync())
                continue;
            fleet.Servers[1].Process.Send(9);
            isKilled = true;
        }

        Assert.True(isKilled);
        Assert.IsType<StreamLine.End>(last);
        await Eventually.IsTrueAsync(() => Hashed(fleet.Servers[0], "file").Length > 0, "the file was hashed");
        Assert.InRange(Hashed(fleet.Servers[0], "file").Sum(), 1, 1500);
    }

    [Fact]
    public async Task Clients_do_not_notice_that_Redis_is_gone_and_back()
    {
        await using var fleet = await StartAsync(2, "--worker", "1");
        await fleet.CreateAsync("file", 1000);
        var both = fleet.Servers.Select(async server => await server.Client.StreamAsync("file").LastAsync(Cancellation)).ToArray();
        await Eventually.IsTrueAsync(async () => await fleet.Redis.AskAsync("dbsize") is not "0", "they work together");
        await fleet.Redis.StopAsync();
        await Task.WhenAll(fleet.Servers.Select(server => server.Process.Error.WaitForAsync("going on in memory")));
        await fleet.Redis.StartAgainAsync();
        Assert.All(await Task.WhenAll(both), line => Assert.IsType<StreamLine.End>(line));
        await Task.WhenAll(fleet.Servers.Select(server => server.Process.Error.WaitForAsync("can be used again")));
        Assert.All(fleet.Servers, server => Assert.Single(server.Process.Error.Lines, line => line.Contains("going on in memory", StringComparison.Ordinal)));

        await fleet.CreateAsync("next", 200);
        await Task.WhenAll(fleet.Servers.Select(async server => await server.Client.StreamAsync("next").LastAsync(Cancellation)));
        await fleet.AssertHashedAsync("next", 200);
    }

    [Fact]
    public async Task A_client_that_waits_for_the_end_of_a_file_is_served_first()
    {
        await using var fleet = await StartAsync(2, "--worker", "1");
        await fleet.CreateAsync("file", 2000);
        await using var front = fleet.Servers[0].Client.StreamAsync("file").GetAsyncEnumerator(Cancellation);
        while (front.Current is not StreamLine.Blocks)
            Assert.True(await front.MoveNextAsync());
        var line = await fleet.Servers[1].Client.StreamAsync("file?from=1999").FirstAsync(line => line is StreamLine.Blocks or StreamLine.End, Cancellation);
        Assert.Equal(1999, Assert.IsType<StreamLine.Blocks>(line).First);
        Assert.Empty(Hashed(fleet.Servers[0], "file"));
    }

    [Fact]
    public async Task A_stream_that_breaks_at_one_goes_on_at_another()
    {
        await using var fleet = await StartAsync(2, "--worker", "1");
        await fleet.CreateAsync("file", 1000);
        var lines = new List<StreamLine>();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var line in fleet.Servers[0].Client.StreamAsync("file"))
            {
                lines.Add(line);
                if (line is StreamLine.Blocks)
                    fleet.Servers[0].Process.Send(9);
            }
        });
        var known = MetadataClient.DigestsOf(lines, 32).Length / 32;
        var version = Assert.IsType<StreamLine.File>(lines[0]).Version;
        var rest = await fleet.Servers[1].Client.StreamAsync($"file?from={known}&version={version}").ToListAsync(Cancellation);
        Assert.Equal((1000 - known) * 32, MetadataClient.DigestsOf(rest, 32, known).Length);
        Assert.IsType<StreamLine.End>(rest[^1]);
    }

    [Fact]
    public async Task The_digest_of_a_whole_file_is_calculated_by_one()
    {
        await using var fleet = await StartAsync(2);
        await fleet.CreateAsync("file", 200);
        var answers = await Task.WhenAll(fleet.Servers.Select(server => server.Client.GetStringAsync("/file?sha256", Cancellation)));
        Assert.Equal(answers[0], answers[1]);
        Assert.Single(fleet.Servers.SelectMany(server => server.Process.Error.Lines), line => line.Contains("file hashed as a whole", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Small_files_are_hashed_without_a_stream()
    {
        await using var fleet = await StartAsync(1);
        await fleet.CreateAsync("file", 31);
        await fleet.Servers[0].Client.StreamAsync("file").LastAsync(Cancellation);
        await Eventually.IsTrueAsync(async () => await fleet.Redis.AskAsync("dbsize") == "1", "the digests are stored");
        Assert.EndsWith(":0", await fleet.Redis.AskAsync("keys", "*"), StringComparison.Ordinal);
    }

    private static int[] Hashed(RdApiProcess server, string file) =>
    [
        .. server.Process.Error.Lines
            .Where(line => line.Contains($" {file} hashed: ", StringComparison.Ordinal))
            .Select(line => int.Parse(Blocks().Match(line).Groups["blocks"].Value)),
    ];

    private static async Task<Running> StartAsync(int count, params string[] arguments)
    {
        var redis = await RedisServer.StartAsync();
        return await StartAsync($"redis://127.0.0.1:{redis.Port}", redis, count, arguments);
    }

    private static async Task<Running> StartAsync(string url, RedisServer? redis, int count, params string[] arguments)
    {
        var root = new TempFolder();
        var servers = await Task.WhenAll(Enumerable.Range(0, count).Select(
            _ => RdApiProcess.StartAsync(root.Path, ["--redis", url, .. arguments])));
        return new Running(redis, root, servers);
    }

    [GeneratedRegex(", (?<blocks>[0-9]+) blocks,", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blocks();

    private sealed record Running(RedisServer? OwnRedis, TempFolder Root, RdApiProcess[] Servers) : IAsyncDisposable
    {
        public RedisServer Redis => OwnRedis!;

        /// <summary>Makes a file that takes long to hash but no room, and lets it settle.</summary>
        public Task CreateAsync(string name, int blocks)
        {
            SampleFile.CreateThin(Root[name], (long)blocks * BlockSize);
            return SampleFile.SettledAsync(Root[name]);
        }

        /// <summary>Whether two have taken claims of the only file that is being hashed.</summary>
        public async Task<bool> BothClaimAsync()
        {
            var stream = await Redis.AskAsync("keys", "*:claims");
            var consumers = await Redis.AskAsync("xinfo", "consumers", stream, "hash");
            return consumers.Split('\n').Count(line => line == "name") == 2;
        }

        /// <summary>All of them together hashed so many blocks of a file, in the end and not more.</summary>
        public async Task AssertHashedAsync(string file, int blocks)
        {
            await Eventually.IsTrueAsync(() => Servers.Sum(server => Hashed(server, file).Sum()) >= blocks, $"{blocks} blocks of {file} were hashed");
            Assert.Equal(blocks, Servers.Sum(server => Hashed(server, file).Sum()));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var server in Servers)
                await server.DisposeAsync();
            await (OwnRedis?.DisposeAsync() ?? ValueTask.CompletedTask);
            Root.Dispose();
        }
    }
}
