using System.Diagnostics;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Redis;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.RdApi.Cache;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Redis;

public sealed class RedisDigestStoreTests : DigestStoreContract
{
    private static readonly DigestKey Key = new("/file", new FileIdentity(1, 1, 1, 1), 1 << 20, DigestAlgorithm.Sha256);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Redis_forgets_by_itself_what_was_not_used_for_30_days()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Open(redis);
        await store.WriteAsync(Key, [Run(0, 1)], Cancellation);
        var name = await redis.AskAsync("keys", "rd:3:*");
        Assert.InRange(int.Parse(await redis.AskAsync("ttl", name)), (30 * 86_400) - 60, 30 * 86_400);

        await redis.AskAsync("expire", name, "100");
        await store.ReadAllAsync(Key);
        Assert.InRange(int.Parse(await redis.AskAsync("ttl", name)), (30 * 86_400) - 60, 30 * 86_400);
    }

    [Fact]
    public async Task An_absent_Redis_is_an_error_soon_and_is_used_again_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.StopAsync();
        await using var store = Open(redis);
        var began = Stopwatch.GetTimestamp();
        var error = await Assert.ThrowsAsync<DigestStoreException>(() => store.ReadAllAsync(Key));
        Assert.Contains($":{redis.Port}", error.Message, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30));

        await redis.StartAgainAsync();
        await Eventually.IsTrueAsync(() => IsUsableAsync(store), "Redis was found again");
        await redis.StopAsync();
        await Assert.ThrowsAsync<DigestStoreException>(() => store.ReadAllAsync(Key));
        await redis.StartAgainAsync();
        await Eventually.IsTrueAsync(() => IsUsableAsync(store), "Redis was found again");
    }

    [Fact]
    public async Task No_value_is_larger_than_64_KiB()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Open(redis);
        var key = Key with { Identity = new FileIdentity(5000L << 20, 1, 1, 1) };
        await store.WriteAsync(key, [Run(0, 5000)], Cancellation);
        var names = (await redis.AskAsync("keys", "rd:3:*")).Split('\n');
        Assert.Equal(3, names.Length);
        foreach (var name in names)
            Assert.InRange(int.Parse(await redis.AskAsync("strlen", name)), 1, 64 << 10);
    }

    [Fact]
    public async Task Keys_of_2_0_are_left_alone()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Open(redis);
        await redis.AskAsync("hset", "rd:2:0123", "0", "digests");
        Assert.Empty(await store.ReadAllAsync(Key));
        await store.WriteAsync(Key, [Run(0, 1)], Cancellation);
        Assert.Equal("digests", await redis.AskAsync("hget", "rd:2:0123", "0"));
    }

    [Fact]
    public async Task Replies_are_read_by_a_thread_of_their_own()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "threads have names in /proc");
        await using var redis = await RedisServer.StartAsync();
        await using var store = Open(redis);
        await store.OpenAsync(Cancellation);
        Assert.Contains(ThreadNames.Of("self"), name => name.StartsWith("SE.Redis", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_of_another_kind_counts_as_nothing_and_is_replaced()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Open(redis);
        await store.WriteAsync(Key, [Run(0, 1)], Cancellation);
        var name = await redis.AskAsync("keys", "rd:3:*");
        await redis.AskAsync("set", name, "text");
        Assert.Empty(await store.ReadAllAsync(Key));
        await redis.AskAsync("del", name);
        await redis.AskAsync("rpush", name, "text");
        Assert.Empty(await store.ReadAllAsync(Key));
        await store.ReadFilesAsync([Key], (_, _) => Assert.Fail("there is none"), Cancellation);
        await store.WriteAsync(Key, [Run(0, 1)], Cancellation);
        Assert.Single(await store.ReadAllAsync(Key));
    }

    [Fact]
    public async Task Of_a_value_that_is_too_long_only_what_belongs_to_its_blocks_is_read()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Open(redis);
        var key = Key with { Identity = new FileIdentity(5000L << 20, 1, 1, 1) };
        await store.WriteAsync(key, [Run(0, 2048)], Cancellation);
        await redis.AskAsync("append", await redis.AskAsync("keys", "rd:3:*:0"), new string('x', 320));
        Assert.Equal(2048 * 32, Assert.Single(await store.ReadAllAsync(key)).Digests.Length);
    }

    [Fact]
    public async Task A_full_one_says_that_it_can_be_read()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Open(redis);
        await store.WriteAsync(Key, [Run(0, 1)], Cancellation);
        await redis.AskAsync("config", "set", "maxmemory", "1");
        var error = await Assert.ThrowsAsync<DigestStoreException>(() => store.WriteAsync(Key, [Run(0, 1)], Cancellation));
        Assert.True(error.IsForReading, error.ToString());
        Assert.Single(await store.ReadAllAsync(Key));
    }

    internal override async Task<OpenedStore> OpenAsync()
    {
        var redis = await RedisServer.StartAsync();
        return new OpenedStore(Open(redis), () => Open(redis), redis.DisposeAsync);
    }

    private static RedisDigestStore Open(RedisServer redis) => RedisStores.Open($"redis://127.0.0.1:{redis.Port}");

    private static async Task<bool> IsUsableAsync(RedisDigestStore store)
    {
        try
        {
            await store.OpenAsync(Cancellation);
            return true;
        }
        catch (DigestStoreException)
        {
            return false;
        }
    }
}
