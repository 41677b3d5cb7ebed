using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Protocol;
using StackExchange.Redis;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// The shared store: a Redis server that many rd-api use. A hash for each <see cref="DigestKey"/>, a field for each run (its first
/// block), forgotten by Redis itself when it was not used for <see cref="Lifetime"/>; how much it holds is bounded by Redis's own
/// <c>maxmemory</c>. The connection comes back by itself.
/// </summary>
internal sealed class RedisDigestStore(string host, int port, TimeProvider time) : IDigestStore
{
    /// <summary>How long unused digests are kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    // A client may be waiting for what is stored; hashing a block takes a millisecond.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private ConnectionMultiplexer? _redis;

    public Task OpenAsync(CancellationToken cancellationToken) => UseAsync(database => database.PingAsync(), cancellationToken);

    public async Task<IReadOnlyList<DigestRun>> ReadAsync(DigestKey key, CancellationToken cancellationToken)
    {
        var name = NameOf(key);
        var fields = await UseAsync(
            async database =>
            {
                var all = database.HashGetAllAsync(name);
                await Task.WhenAll(all, database.KeyExpireAsync(name, Lifetime));
                return await all;
            },
            cancellationToken);
        var runs = new List<DigestRun>();
        foreach (var field in fields)
        {
            if (int.TryParse((string?)field.Name, CultureInfo.InvariantCulture, out var first))
                runs.Add(new DigestRun(first, (byte[]?)field.Value));
        }

        return runs;
    }

    public Task WriteAsync(DigestKey key, IReadOnlyList<DigestRun> runs, CancellationToken cancellationToken)
    {
        var name = NameOf(key);
        HashEntry[] fields = [.. from run in runs select new HashEntry(run.First, run.Digests.ToArray())];
        return UseAsync(
            async database =>
            {
                await Task.WhenAll(database.HashSetAsync(name, fields), database.KeyExpireAsync(name, Lifetime));
                return true;
            },
            cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        _redis?.Dispose();
        _redis = null;
        _turn.Release();
    }

    private async Task<T> UseAsync<T>(Func<IDatabase, Task<T>> use, CancellationToken cancellationToken)
    {
        try
        {
            var redis = await ConnectAsync(cancellationToken);
            return await use(redis.GetDatabase()).WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception error) when (error is RedisException or RedisCommandException or TimeoutException or SocketException)
        {
            // Behind the first semicolon is what a developer of the library wants to know.
            throw new DigestStoreException($"Redis at {host}:{port} cannot be used: {error.Message.Split(';')[0]}", error);
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_redis is { } connected)
            return connected;
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return _redis ??= await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
            {
                EndPoints = { { host, port } },
                ClientName = "rd-api",
                TieBreaker = "",
                ConfigurationChannel = "",
                AbortOnConnectFail = false,
                ConnectRetry = 1,
                ConnectTimeout = (int)Patience.TotalMilliseconds,
                SyncTimeout = (int)Patience.TotalMilliseconds,
            });
        }
        finally
        {
            _turn.Release();
        }
    }

    // The 2 is the layout's version: another layout gets another number, and never reads this one's values.
    private static RedisKey NameOf(DigestKey key)
    {
        var (size, modified, inode, changed) = key.Identity;
        var text = $"{key.BlockSize} {key.Algorithm.WireName} {size} {modified} {inode} {changed} {key.File}";
        return "rd:2:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
