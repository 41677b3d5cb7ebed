using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Protocol;
using StackExchange.Redis;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// The shared store: a Redis server that several rd-api use. For each <see cref="DigestKey"/> there is one string per
/// <see cref="ChunkBlocks"/> blocks, with each digest at its block's place and zeros where a digest is not known, so that the writes of
/// several rd-api combine, and no command or value is large. Redis itself deletes what has not been used for <see cref="Lifetime"/>; its
/// size is bounded by its own <c>maxmemory</c>. The connection is restored automatically.
/// </summary>
internal sealed class RedisDigestStore(string host, int port, TimeProvider time) : IDigestStore
{
    /// <summary>How long unused digests are kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>How many blocks share a value: 64 KiB of SHA-256.</summary>
    public const int ChunkBlocks = 2048;

    // Commands sent at once: half a MiB, which a 2 Mbit/s line transfers within the limit.
    private const int MaxUnderWay = 8;

    // Per call. A client may be waiting for the result, but a machine or a line may be busy for a second.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _connecting = new(1);
    private ConnectionMultiplexer? _redis;

    // Replies are read by a separate thread, because the event threads serve clients (see EventThread).
    static RedisDigestStore() => ConnectionMultiplexer.SetFeatureFlag("DedicatedThreads", true);

    public Task OpenAsync(CancellationToken cancellationToken) => UseAsync(database => database.PingAsync(), cancellationToken);

    public async Task ReadAsync(DigestKey key, Action<DigestRun> found, CancellationToken cancellationToken)
    {
        foreach (var chunks in Chunks(key).Chunk(MaxUnderWay))
        {
            foreach (var (first, digests) in await UseAsync(database => Task.WhenAll(chunks.Select(chunk => ReadAsync(database, chunk))), cancellationToken))
                Split(first, digests, key.Algorithm.Size, found);
        }
    }

    public async Task WriteAsync(DigestKey key, IReadOnlyList<DigestRun> runs, CancellationToken cancellationToken)
    {
        foreach (var pieces in runs.SelectMany(run => Pieces(run, key.Algorithm.Size)).Chunk(MaxUnderWay))
            await UseAsync(database => Task.WhenAll(pieces.Select(piece => WriteAsync(database, key, piece))), cancellationToken);
    }

    public async Task RemoveAsync(DigestKey key, CancellationToken cancellationToken)
    {
        foreach (var chunks in Chunks(key).Chunk(MaxUnderWay))
            await UseAsync(database => Task.WhenAll(chunks.Select(chunk => database.KeyDeleteAsync(chunk.Name))), cancellationToken);
    }

    public Task TidyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _connecting.WaitAsync();
        _redis?.Dispose();
        _redis = null;
        _connecting.Release();
    }

    private static async Task<(int First, byte[] Digests)> ReadAsync(IDatabase database, (RedisKey Name, int First) chunk)
    {
        var digests = (byte[]?)await database.StringGetAsync(chunk.Name) ?? [];
        // A failure does not matter: the next use tries again.
        if (digests.Length > 0)
            await database.KeyExpireAsync(chunk.Name, Lifetime, flags: CommandFlags.FireAndForget);
        return (chunk.First, digests);
    }

    // In one transaction: a value without an expiry time would stay forever.
    private static async Task<bool> WriteAsync(IDatabase database, DigestKey key, DigestRun piece)
    {
        var name = NameOf(key, piece.First / ChunkBlocks);
        var transaction = database.CreateTransaction();
        var set = transaction.StringSetRangeAsync(name, piece.First % ChunkBlocks * (long)key.Algorithm.Size, piece.Digests);
        var expire = transaction.KeyExpireAsync(name, Lifetime);
        await Task.WhenAll(transaction.ExecuteAsync(), set, expire);
        return true;
    }

    /// <summary>Splits a run at chunk boundaries.</summary>
    private static IEnumerable<DigestRun> Pieces(DigestRun run, int digestSize)
    {
        for (var (first, digests) = run; digests.Length > 0;)
        {
            var length = Math.Min(digests.Length, (ChunkBlocks - (first % ChunkBlocks)) * digestSize);
            yield return new DigestRun(first, digests[..length]);
            first += length / digestSize;
            digests = digests[length..];
        }
    }

    /// <summary>Finds the runs of known digests in a chunk.</summary>
    private static void Split(int first, ReadOnlyMemory<byte> digests, int digestSize, Action<DigestRun> found)
    {
        var count = digests.Length / digestSize;
        for (int start = 0, end; start < count; start = end + 1)
        {
            for (end = start; end < count && digests.Span.Slice(end * digestSize, digestSize).ContainsAnyExcept((byte)0);)
                end++;
            if (end > start)
                found(new DigestRun(first + start, digests[(start * digestSize)..(end * digestSize)]));
        }
    }

    private async Task<T> UseAsync<T>(Func<IDatabase, Task<T>> use, CancellationToken cancellationToken)
    {
        try
        {
            var redis = await ConnectAsync(cancellationToken);
            return await use(redis.GetDatabase()).WaitAsync(Limit, time, cancellationToken);
        }
        catch (Exception error) when (error is RedisException or RedisCommandException or TimeoutException or SocketException)
        {
            // The text after the first semicolon is only for developers of the library.
            throw new DigestStoreException($"Redis at {host}:{port} cannot be used: {error.Message.Split(';')[0]}", error);
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_redis is { } connected)
            return connected;
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            return _redis ??= await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
            {
                EndPoints = { { host, port } },
                ClientName = "rd-api",
                TieBreaker = "",
                ConfigurationChannel = "",
                AbortOnConnectFail = false,
                // Fail at once instead of queueing commands: the caller continues without Redis.
                BacklogPolicy = BacklogPolicy.FailFast,
                ConnectRetry = 1,
                ConnectTimeout = (int)Limit.TotalMilliseconds,
                SyncTimeout = (int)Limit.TotalMilliseconds,
            });
        }
        finally
        {
            _connecting.Release();
        }
    }

    private static IEnumerable<(RedisKey Name, int First)> Chunks(DigestKey key)
    {
        var blocks = key.DigestCount;
        for (var first = 0; first < blocks; first += ChunkBlocks)
            yield return (NameOf(key, first / ChunkBlocks), first);
    }

    // The 3 is the layout's version: another layout gets another number and never reads these values.
    private static RedisKey NameOf(DigestKey key, int chunk)
    {
        var (size, modified, inode, changed) = (key.Identity.Size, key.Identity.Modified, key.Identity.Inode, key.Identity.Changed);
        var text = $"{key.BlockSize} {key.Algorithm.WireName} {size} {modified} {inode} {changed} {key.File}";
        return $"rd:3:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}:{chunk}";
    }
}
