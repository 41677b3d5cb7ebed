using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using ReliableDownload.Api;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Fleet;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Redis;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Fleet;

/// <summary>The part of an rd-api that shares the hashing, with a real Redis and without workers: what is hashed, and when, the test decides. It serves one file.</summary>
internal sealed class FleetMember : IAsyncDisposable
{
    public const int EntryBlocks = 16;

    public const int Blocks = 4 * EntryBlocks;

    private const int BlockSize = 2 << 20;

    private static readonly RequestPath Path = new("file"u8.ToArray());

    private readonly RedisConnection _redis;
    private readonly FleetWork _work;

    /// <param name="root">Where the file is, or is to be.</param>
    public FleetMember(RedisServer redis, TempFolder root)
    {
        if (!File.Exists(root["file"]))
            SampleFile.CreateThin(root["file"], (long)Blocks * BlockSize);
        // Its file has settled.
        Time.Advance(TimeSpan.FromMinutes(1));
        var options = new RdApiOptions { WebRoot = root.Path, CacheFile = "" };
        var files = WebRoot.Open(root.Path, showHidden: false);
        Key = new DigestKey(DigestKey.NameOf(root.Path, Path), files.Identify(Path)!.Value, BlockSize, DigestAlgorithm.Sha256);
        _redis = new RedisConnection(RedisUrl.Parse($"redis://127.0.0.1:{redis.Port}"), Time);
        Store = new RedisDigestStore(_redis);
        Channel = new FleetChannel(_redis);
        Access = new StoreAccess(Store, NullLogger<StoreAccess>.Instance);
        Shared = new SharedJobs(Access);
        var queue = new HashQueue(Time);
        Jobs = new HashJobs(queue, Memory, new FileDigestMemory(1), new UnstoredJobs(), Time, NullLogger<HashJobs>.Instance, Shared);
        var supervisor = new Supervisor(new Vitals(), Time, NullLogger<Supervisor>.Instance);
        var told = new ToldFiles(Jobs, files, options);
        _work = new FleetWork(_redis, Channel, Shared, Jobs, queue, Store, Access, told, options, supervisor, Time, NullLogger<FleetWork>.Instance);
        Layout = new ClaimLayout(Key);
        Stream = new ClaimStream(_redis, RedisKeys.Claims(_redis.Options.Prefix, Convert.ToHexStringLower(RedisKeys.HashOf(Key))), Channel.Sender, Layout);
    }

    public ManualTime Time { get; } = new();

    public DigestKey Key { get; }

    public RedisDigestStore Store { get; }

    public StoreAccess Access { get; }

    public FleetChannel Channel { get; }

    public DigestMemory Memory { get; } = new();

    public SharedJobs Shared { get; }

    public HashJobs Jobs { get; }

    public ClaimLayout Layout { get; }

    /// <summary>The file's, for one who does not <see cref="StartAsync"/>.</summary>
    public ClaimStream Stream { get; }

    public FleetMessage.Work Call => new(Channel.Sender, RedisKeys.HashOf(Key), BlockSize, Key.Algorithm, Path.Bytes);

    /// <param name="isRedisThere">Whether what begins from then on is shared.</param>
    public async Task StartAsync(bool isRedisThere = true)
    {
        await _work.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(() => Shared.IsPossible == isRedisThere, "it shares");
    }

    /// <summary>For one who does not <see cref="StartAsync"/>: hears what others say.</summary>
    public Task ListenAsync() => Eventually.IsTrueAsync(
        async () =>
        {
            try
            {
                await Channel.SubscribeAsync(CancellationToken.None);
                return true;
            }
            catch (DigestStoreException)
            {
                // Not connected yet.
                return false;
            }
        },
        "it listens");

    /// <summary>Asks for the file's digests as a client does, or another rd-api, and begins the job.</summary>
    public HashJob Begin(bool isHelp)
    {
        Ask(isHelp);
        Assert.True(Jobs.Arrivals.TryRead(out var job));
        Jobs.Begin(job);
        return job;
    }

    public FileDigests Ask(bool isHelp) => Jobs.Ask(new DigestRequest(Key, Path, IPAddress.Loopback, IsHelp: isHelp))!;

    /// <summary>Waits for something, during which time flies: a second in some 20 ms.</summary>
    public Task PassTimeUntilAsync(Func<Task<bool>> condition, string what) => Eventually.IsTrueAsync(
        () =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return condition();
        },
        what);

    public async ValueTask DisposeAsync()
    {
        await _work.StopAsync(CancellationToken.None);
        _work.Dispose();
        await _redis.DisposeAsync();
    }
}
