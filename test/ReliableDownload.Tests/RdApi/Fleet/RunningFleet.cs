using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>Real rd-api that serve the same folder and share a Redis.</summary>
internal sealed partial class RunningFleet : IAsyncDisposable
{
    private const int BlockSize = 2 << 20;

    private readonly RedisServer? _ownRedis;

    private RunningFleet(RedisServer? ownRedis, TempFolder root, RdApiProcess[] servers) => (_ownRedis, Root, Servers) = (ownRedis, root, servers);

    public RedisServer Redis => _ownRedis!;

    public TempFolder Root { get; }

    public RdApiProcess[] Servers { get; }

    /// <summary>Starts so many, and a Redis for them.</summary>
    public static async Task<RunningFleet> StartAsync(int count, params string[] arguments)
    {
        var redis = await RedisServer.StartAsync();
        return await StartAsync($"redis://127.0.0.1:{redis.Port}", redis, count, arguments);
    }

    /// <param name="url">Where Redis is.</param>
    /// <param name="redis">One that ends with them; null for somebody else's.</param>
    public static async Task<RunningFleet> StartAsync(string url, RedisServer? redis, int count, params string[] arguments)
    {
        var root = new TempFolder();
        var servers = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => RdApiProcess.StartAsync(root.Path, ["--redis", url, .. arguments])));
        return new RunningFleet(redis, root, servers);
    }

    /// <summary>How many blocks of a file a server hashed, by its log.</summary>
    public static int[] Hashed(RdApiProcess server, string file) =>
    [
        .. server.Process.Error.Lines
            .Where(line => line.Contains($" {file} hashed: ", StringComparison.Ordinal))
            .Select(line => int.Parse(Blocks().Match(line).Groups["blocks"].Value)),
    ];

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
        await (_ownRedis?.DisposeAsync() ?? ValueTask.CompletedTask);
        Root.Dispose();
    }

    [GeneratedRegex(", (?<blocks>[0-9]+) blocks,", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blocks();
}
