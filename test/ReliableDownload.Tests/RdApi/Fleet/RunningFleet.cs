using System.Text.RegularExpressions;
using ReliableDownload.Api.Fleet;
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
    /// Makes files and tries with one after the other until it goes well. On a busy machine a server may be done before another one has begun, or say
    /// nothing for longer than its lease, so that others do its work once more; but not each time.
    /// </summary>
    /// <param name="attempt">What is tried with a file, by its name.</param>
    /// <returns>The name of the file with which it went well.</returns>
    public async Task<string> TryWithFilesAsync(int blocks, Func<string, Task<bool>> attempt)
    {
        string[] files = [.. Enumerable.Range(0, 5).Select(i => $"file-{i}")];
        foreach (var file in files)
            SampleFile.CreateThin(Root[file], (long)blocks * BlockSize);
        await SampleFile.SettledAsync(Root[files[^1]]);
        foreach (var file in files)
        {
            if (await attempt(file))
                return file;
        }

        throw new Xunit.Sdk.XunitException($"it went well with none of {files.Length} files");
    }

    /// <summary>
    /// Asks the first server for a file. As soon as it has told digests it is halted until the other one hashes as well, so that it does not do all alone,
    /// however fast it is.
    /// </summary>
    /// <param name="meanwhile">Happens while both are halted, and have claims.</param>
    /// <returns>Null where the first one was done before it could be halted.</returns>
    public Task<List<StreamLine>?> StreamFromBothAsync(string file, Action? meanwhile = null) => ReadFromBothAsync(file, meanwhile).WaitAsync(ProcessRunner.Limit);

    /// <summary>Whether the other one has claims as well while the first one is halted.</summary>
    /// <param name="other">It is halted to look, so that what is seen is so.</param>
    /// <param name="meanwhile">Happens while both are halted, and have claims.</param>
    public async Task<bool> DoBothHaveClaimsAsync(ProcessRunner other, Action? meanwhile = null)
    {
        // After its lease the first one has none any more.
        using var limit = new CancellationTokenSource(ClaimStream.Lease);
        while (!limit.IsCancellationRequested)
        {
            other.Send(Signal.Stop);
            var areBoth = await ClaimantsAsync() == 2;
            if (areBoth)
                meanwhile?.Invoke();
            other.TrySend(Signal.Continue);
            if (areBoth)
                return true;
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
        }

        return false;
    }

    /// <summary>Has the first server hash a file of so many blocks and store the digests.</summary>
    /// <returns>What the names of the file's keys begin with.</returns>
    public async Task<string> HashFileAsync(int blocks)
    {
        await CreateAsync("file", blocks);
        Assert.IsType<StreamLine.End>(await Servers[0].Client.StreamAsync("file").LastAsync());
        var digests = "";
        await Eventually.IsTrueAsync(
            async () => (digests = await Redis.AskAsync("keys", "*:0")).Length > 0 && await Redis.AskAsync("strlen", digests) == $"{blocks * 32}", "the digests are stored");
        return digests[..^2];
    }

    /// <summary>Kills the first server and starts one that knows nothing yet.</summary>
    public async Task<RdApiProcess> StartAnotherAsync()
    {
        Servers[0].Process.Send(Signal.Kill);
        await Servers[0].Process.WaitForExitAsync();
        var another = await RdApiProcess.StartAsync(Root.Path, "--redis", $"redis://127.0.0.1:{Redis.Port}", "--worker", "1");
        await Eventually.IsTrueAsync(async () => (await Redis.AskAsync("pubsub", "channels")).Contains("3:fleet", StringComparison.Ordinal), "it shares");
        return another;
    }

    /// <summary>How many servers have claims that they have not finished, of the only file that is being hashed.</summary>
    public async Task<int> ClaimantsAsync()
    {
        var claimants = 0;
        foreach (var node in Nodes)
        {
            foreach (var stream in (await node.AskAsync("keys", "*:claims")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                // The number of them, the first, the last, and then each server with the number of its own.
                var pending = (await node.AskAsync("xpending", stream, "hash")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                claimants = Math.Max(claimants, (pending.Length - 3) / 2);
            }
        }

        return claimants;
    }

    /// <summary>All of them together hashed so many blocks of a file, in the end and not more.</summary>
    public async Task AssertHashedAsync(string file, int blocks) => Assert.True(await IsHashedOnceAsync(file, blocks), $"more than {blocks} blocks of {file} were hashed");

    /// <summary>Waits until all of them together hashed so many blocks of a file. False where it was more.</summary>
    public async Task<bool> IsHashedOnceAsync(string file, int blocks)
    {
        await Eventually.IsTrueAsync(() => Servers.Sum(server => Hashed(server.Process, file).Sum()) >= blocks, $"{blocks} blocks of {file} were hashed");
        return Servers.Sum(server => Hashed(server.Process, file).Sum()) == blocks;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
            await server.DisposeAsync();
        await (_ownRedis?.DisposeAsync() ?? ValueTask.CompletedTask);
        Root.Dispose();
    }

    private async Task<List<StreamLine>?> ReadFromBothAsync(string file, Action? meanwhile)
    {
        var (lines, wasHalted, areBoth) = (new List<StreamLine>(), false, false);
        await foreach (var line in Servers[0].Client.StreamAsync(file))
        {
            lines.Add(line);
            if (wasHalted || line is not StreamLine.Blocks)
                continue;
            wasHalted = true;
            Servers[0].Process.Send(Signal.Stop);
            areBoth = await DoBothHaveClaimsAsync(Servers[1].Process, meanwhile);
            Servers[0].Process.Send(Signal.Continue);
        }

        Assert.True(wasHalted, "the stream ended without digests");
        return areBoth ? lines : null;
    }

    [GeneratedRegex(", (?<blocks>[0-9]+) blocks,", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Blocks();
}
