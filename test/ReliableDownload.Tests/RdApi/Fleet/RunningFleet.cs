using System.Text.RegularExpressions;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>Real rd-api that serve the same folder and share a Redis.</summary>
internal sealed partial class RunningFleet : IAsyncDisposable
{
    private const int BlockSize = 2 << 20;

    private readonly RedisServer? _ownRedis;

    private RunningFleet(RedisServer? ownRedis, TempFolder root, RdApiProcess[] servers)
    {
        (_ownRedis, Root, Servers) = (ownRedis, root, servers);
        Nodes = ownRedis is null ? [] : [ownRedis];
    }

    public RedisServer Redis => _ownRedis!;

    /// <summary>Where the claims are.</summary>
    public IReadOnlyList<RedisServer> Nodes { get; set; }

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
        Task<RdApiProcess>[] starts = [.. Enumerable.Range(0, count).Select(_ => RdApiProcess.StartAsync(root.Path, ["--redis", url, .. arguments]))];
        try
        {
            return new RunningFleet(redis, root, await Task.WhenAll(starts));
        }
        catch
        {
            await new RunningFleet(redis, root, [.. starts.Where(start => start.IsCompletedSuccessfully).Select(start => start.Result)]).DisposeAsync();
            throw;
        }
    }

    /// <summary>How many blocks of a file an rd-api hashed, by its log.</summary>
    public static int[] Hashed(ProcessRunner process, string file) =>
    [
        .. process.Error.Lines
            .Where(line => line.Contains($" {file} hashed: ", StringComparison.Ordinal))
            .Select(line => int.Parse(Blocks().Match(line).Groups["blocks"].Value)),
    ];

    /// <summary>Makes a file that takes long to hash but no room, and lets it settle.</summary>
    public Task CreateAsync(string name, int blocks)
    {
        SampleFile.CreateThin(Root[name], (long)blocks * BlockSize);
        return SampleFile.SettledAsync(Root[name]);
    }

    /// <summary>
    /// Asks the first server for a file. As soon as it has told digests it is halted until the other one hashes as well, so that it does not do all alone,
    /// however fast it is.
    /// </summary>
    /// <param name="meanwhile">Happens while the first one is halted and the other one works; in less than their lease.</param>
    public Task<List<StreamLine>> StreamFromBothAsync(string file, Func<Task>? meanwhile = null) => ReadFromBothAsync(file, meanwhile).WaitAsync(ProcessRunner.Limit);

    /// <summary>How many servers have claims that they have not finished, of the only file that is being hashed.</summary>
    public async Task<int> ClaimantsAsync()
    {
        foreach (var node in Nodes)
        {
            if (await node.AskAsync("keys", "*:claims") is not { Length: > 0 } stream)
                continue;
            // The number of them, the first, the last, and then each server with the number of its own.
            var pending = (await node.AskAsync("xpending", stream, "hash")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return Math.Max(0, (pending.Length - 3) / 2);
        }

        return 0;
    }

    /// <summary>All of them together hashed so many blocks of a file, in the end and not more.</summary>
    public async Task AssertHashedAsync(string file, int blocks)
    {
        await Eventually.IsTrueAsync(() => Servers.Sum(server => Hashed(server.Process, file).Sum()) >= blocks, $"{blocks} blocks of {file} were hashed");
        Assert.Equal(blocks, Servers.Sum(server => Hashed(server.Process, file).Sum()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
            await server.DisposeAsync();
        await (_ownRedis?.DisposeAsync() ?? ValueTask.CompletedTask);
        Root.Dispose();
    }

    private async Task<List<StreamLine>> ReadFromBothAsync(string file, Func<Task>? meanwhile)
    {
        var lines = new List<StreamLine>();
        var areBoth = false;
        await foreach (var line in Servers[0].Client.StreamAsync(file))
        {
            lines.Add(line);
            if (areBoth || line is not StreamLine.Blocks)
                continue;
            Servers[0].Process.Send(Signal.Stop);
            await Eventually.IsTrueAsync(async () => await ClaimantsAsync() == Servers.Length, "the other server hashes as well");
            if (meanwhile is not null)
                await meanwhile();
            Servers[0].Process.Send(Signal.Continue);
            areBoth = true;
        }

        Assert.True(areBoth, "the stream ended without digests");
        return lines;
    }

    [GeneratedRegex(", (?<blocks>[0-9]+) blocks,", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blocks();
}
