using System.Diagnostics;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Cache;

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
        var name = await redis.AskAsync("keys", "rd:2:*");
        Assert.InRange(int.Parse(await redis.AskAsync("ttl", name)), (30 * 86_400) - 60, 30 * 86_400);

        await redis.AskAsync("expire", name, "100");
        await store.ReadAsync(Key, Cancellation);
        Assert.InRange(int.Parse(await redis.AskAsync("ttl", name)), (30 * 86_400) - 60, 30 * 86_400);
    }

    [Fact]
    public async Task An_absent_Redis_is_an_error_soon_and_is_used_again_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.StopAsync();
        await using var store = Open(redis);
        var began = Stopwatch.GetTimestamp();
        var error = await Assert.ThrowsAsync<DigestStoreException>(() => store.ReadAsync(Key, Cancellation));
        Assert.Contains($":{redis.Port}", error.Message, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10));

        await redis.StartAgainAsync();
        await Eventually.IsTrueAsync(() => IsUsableAsync(store), "Redis was found again");
        await redis.StopAsync();
        await Assert.ThrowsAsync<DigestStoreException>(() => store.ReadAsync(Key, Cancellation));
        await redis.StartAgainAsync();
        await Eventually.IsTrueAsync(() => IsUsableAsync(store), "Redis was found again");
    }

    [Fact]
    public async Task A_key_of_another_kind_is_an_error_not_a_crash()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Open(redis);
        await store.WriteAsync(Key, [Run(0, 1)], Cancellation);
        var name = await redis.AskAsync("keys", "rd:2:*");
        await redis.AskAsync("set", name, "text");
        await Assert.ThrowsAsync<DigestStoreException>(() => store.ReadAsync(Key, Cancellation));
    }

    internal override async Task<OpenedStore> OpenAsync()
    {
        var redis = await RedisServer.StartAsync();
        return new OpenedStore(Open(redis), () => Open(redis), redis.DisposeAsync);
    }

    private static RedisDigestStore Open(RedisServer redis) => new("127.0.0.1", redis.Port, TimeProvider.System);

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
