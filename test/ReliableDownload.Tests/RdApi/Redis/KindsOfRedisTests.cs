using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Redis;
using ReliableDownload.Tests.RdApi.Cache;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Redis;

/// <summary>A Redis with a user, a password, TLS by an authority of its own, and several databases.</summary>
public sealed class GuardedRedisTests : DigestStoreContract
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_password_is_said_without_saying_it()
    {
        using var folder = new TempFolder();
        await using var redis = await StartAsync(folder);
        await using var store = RedisStores.Open(Url(redis, folder).Replace("pass%20word", "guessed", StringComparison.Ordinal));
        await Eventually.IsTrueAsync(
            async () =>
            {
                var error = await Assert.ThrowsAsync<DigestStoreException>(() => store.OpenAsync(Cancellation));
                Assert.DoesNotContain("guessed", error.ToString(), StringComparison.Ordinal);
                return error.Message.Contains("the user or the password", StringComparison.Ordinal);
            },
            "the reason was told");
    }

    [Fact]
    public async Task A_certificate_of_somebody_else_is_not_accepted()
    {
        using var folder = new TempFolder();
        await using var redis = await StartAsync(folder);
        using var other = new TestAuthority(folder, "Other");
        await using var store = RedisStores.Open(Url(redis, folder).Replace("Test Authority", "Other", StringComparison.Ordinal));
        await Eventually.IsTrueAsync(
            async () => (await Assert.ThrowsAsync<DigestStoreException>(() => store.OpenAsync(Cancellation))).Message.Contains("its certificate is not by the authority", StringComparison.Ordinal),
            "the reason was told");
        await using var trusting = RedisStores.Open(Url(redis, folder));
        await Eventually.IsTrueAsync(() => CanOpenAsync(trusting), "the right authority was accepted");
    }

    [Fact]
    public async Task The_database_and_the_prefix_are_those_that_were_named()
    {
        using var folder = new TempFolder();
        await using var redis = await StartAsync(folder);
        await using var store = RedisStores.Open(Url(redis, folder), "mine:");
        await store.WriteAsync(RedisStores.Key, [Run(0, 1)], Cancellation);
        Assert.Equal("", await redis.AskAsync("keys", "*"));
        Assert.StartsWith("mine:3:", await redis.AskAsync("-n", "3", "keys", "*"), StringComparison.Ordinal);
    }

    private static async Task<bool> CanOpenAsync(RedisDigestStore store)
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

    internal override async Task<OpenedStore> OpenAsync()
    {
        var folder = new TempFolder();
        var redis = await StartAsync(folder);
        return new OpenedStore(RedisStores.Open(Url(redis, folder)), () => RedisStores.Open(Url(redis, folder)), async () =>
        {
            await redis.DisposeAsync();
            folder.Dispose();
        });
    }

    private static string Url(RedisServer redis, TempFolder folder) =>
        $"rediss://rd:pass%20word@127.0.0.1:{redis.Port}/3?ca={folder["Test Authority.pem"]}";

    private static async Task<RedisServer> StartAsync(TempFolder folder)
    {
        using var authority = new TestAuthority(folder);
        var (certificate, key) = authority.Sign("127.0.0.1");
        return await RedisServer.StartAsync(
            port =>
            [
                "--port", "0", "--tls-port", $"{port}", "--save", "", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", authority.CertificateFile,
                "--tls-auth-clients", "no", "--requirepass", "admin", "--user", "rd", "on", ">pass word", "~rd:*", "&rd:*", "~mine:*", "+@all", "-@dangerous", "+info",
            ],
            "--tls", "--cacert", authority.CertificateFile, "-a", "admin", "--no-auth-warning");
    }
}

/// <summary>Three nodes, each with a third of the keys.</summary>
public sealed class RedisClusterTests(RedisCluster cluster) : DigestStoreContract, IClassFixture<RedisCluster>
{
    [Fact]
    public async Task Each_node_has_a_part()
    {
        await using var store = RedisStores.Open($"redis://127.0.0.1:{cluster.Nodes[0].Port}");
        for (var i = 0; i < 30; i++)
            await store.WriteAsync(RedisStores.Key with { File = $"/{i}" }, [Run(0, 1)], TestContext.Current.CancellationToken);
        foreach (var node in cluster.Nodes)
            Assert.NotEqual("0", await node.AskAsync("dbsize"));
    }

    internal override Task<OpenedStore> OpenAsync()
    {
        var prefix = $"{Guid.NewGuid():n}:";
        var url = $"redis://127.0.0.1:{cluster.Nodes[1].Port},127.0.0.1:{cluster.Nodes[0].Port}";
        return Task.FromResult(new OpenedStore(RedisStores.Open(url, prefix), () => RedisStores.Open(url, prefix), () => ValueTask.CompletedTask));
    }
}

/// <summary>Whichever server the Sentinels call the master.</summary>
public sealed class RedisSentinelTests(RedisSentinels sentinels) : DigestStoreContract, IClassFixture<RedisSentinels>
{
    internal override Task<OpenedStore> OpenAsync()
    {
        var prefix = $"{Guid.NewGuid():n}:";
        return Task.FromResult(new OpenedStore(RedisStores.Open(RedisStores.UrlOf(sentinels), prefix), () => RedisStores.Open(RedisStores.UrlOf(sentinels), prefix), () => ValueTask.CompletedTask));
    }
}

public sealed class RedisFailoverTests(RedisSentinels sentinels) : IClassFixture<RedisSentinels>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_the_master_died_the_digests_are_at_the_next_one()
    {
        await using var store = RedisStores.Open(RedisStores.UrlOf(sentinels));
        await store.WriteAsync(RedisStores.Key, [DigestStoreContract.Run(0, 1)], Cancellation);
        await Eventually.IsTrueAsync(async () => await sentinels.Replica.AskAsync("dbsize") == "1", "the replica had the digests");
        await sentinels.Master.StopAsync();
        await Eventually.IsTrueAsync(() => CanWriteAsync(store), "the next master was found");
        Assert.NotEmpty(await store.ReadAllAsync(RedisStores.Key));
    }

    private static async Task<bool> CanWriteAsync(RedisDigestStore store)
    {
        try
        {
            await store.WriteAsync(RedisStores.Key with { File = "/other" }, [DigestStoreContract.Run(0, 1)], Cancellation);
            return true;
        }
        catch (DigestStoreException)
        {
            return false;
        }
    }
}
