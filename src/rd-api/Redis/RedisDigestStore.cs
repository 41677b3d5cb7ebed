using ReliableDownload.Api.Cache;
using ReliableDownload.Protocol;
using StackExchange.Redis;

namespace ReliableDownload.Api.Redis;

/// <summary>
/// The shared store: a Redis server that several rd-api use. For each <see cref="DigestKey"/> there is one string per
/// <see cref="ChunkBlocks"/> blocks, with each digest at its block's place and zeros where a digest is not known, so that the writes of
/// several rd-api combine, and no command or value is large. Redis itself deletes what has not been used for <see cref="RedisOptions.Lifetime"/>; its
/// size is bounded by its own <c>maxmemory</c>. The connection is restored automatically.
/// </summary>
internal sealed class RedisDigestStore(RedisConnection redis) : IDigestStore
{
    /// <summary>How many blocks share a value: 64 KiB of SHA-256.</summary>
    public const int ChunkBlocks = 2048;

    // In bytes, with the largest digests.
    private const int LongestValue = ChunkBlocks * 32;

    // Commands sent at once: half a MiB, which a 2 Mbit/s line transfers within the limit.
    private const int MaxUnderWay = 8;

    // What Redis says of a key that somebody else used for something else.
    private const string OtherKind = "WRONGTYPE";

    // Commands with one digest, sent at once without waiting for the answers: some 100 KiB.
    private const int FilesUnderWay = 1024;

    public Task OpenAsync(CancellationToken cancellationToken) => redis.UseAsync(database => database.PingAsync(), cancellationToken);

    public async Task ReadAsync(DigestKey key, Action<DigestRun> found, CancellationToken cancellationToken)
    {
        foreach (var chunks in Chunks(key).Chunk(MaxUnderWay))
        {
            foreach (var (first, digests) in await redis.UseAsync(database => Task.WhenAll(chunks.Select(chunk => ReadAsync(database, chunk))), cancellationToken))
                Split(first, digests, key.Algorithm.Size, found);
        }
    }

    public async Task WriteAsync(DigestKey key, IReadOnlyList<DigestRun> runs, CancellationToken cancellationToken)
    {
        foreach (var pieces in runs.SelectMany(run => Pieces(run, key.Algorithm.Size)).Chunk(MaxUnderWay))
            await redis.UseAsync(database => Task.WhenAll(pieces.Select(piece => WriteAsync(database, key, piece))), cancellationToken);
    }

    public async Task WriteFilesAsync(IReadOnlyList<FileDigest> files, CancellationToken cancellationToken)
    {
        foreach (var part in files.Chunk(FilesUnderWay))
            await redis.UseAsync(database => Task.WhenAll(part.Select(file => database.StringSetAsync(NameOf(file.Key, 0), file.Digest, redis.Options.Lifetime))), cancellationToken);
    }

    public async Task ReadFilesAsync(IReadOnlyList<DigestKey> keys, Action<int, ReadOnlyMemory<byte>> found, CancellationToken cancellationToken)
    {
        foreach (var part in Enumerable.Range(0, keys.Count).Chunk(FilesUnderWay))
        {
            var digests = await redis.UseAsync(database => Task.WhenAll(part.Select(i => ReadFileAsync(database, keys[i]))), cancellationToken);
            foreach (var (i, digest) in part.Zip(digests))
            {
                if (digest.Length == keys[i].Algorithm.Size)
                    found(i, digest);
            }
        }
    }

    public async Task RemoveAsync(DigestKey key, CancellationToken cancellationToken)
    {
        foreach (var chunks in Chunks(key).Chunk(MaxUnderWay))
            await redis.UseAsync(database => Task.WhenAll(chunks.Select(chunk => database.KeyDeleteAsync(chunk.Name))), cancellationToken);
    }

    public Task TidyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    private async Task<byte[]> ReadFileAsync(IDatabase database, DigestKey key)
    {
        try
        {
            return (byte[]?)await database.StringGetSetExpiryAsync(NameOf(key, 0), redis.Options.Lifetime) ?? [];
        }
        catch (RedisServerException error) when (IsOfOtherKind(error))
        {
            return [];
        }
    }

    private async Task<(int First, byte[] Digests)> ReadAsync(IDatabase database, (RedisKey Name, int First) chunk)
    {
        var digests = await ReadAsync(database, chunk.Name);
        // A failure does not matter: the next use tries again.
        if (digests.Length > 0)
            await database.KeyExpireAsync(chunk.Name, redis.Options.Lifetime, flags: CommandFlags.FireAndForget);
        return (chunk.First, digests);
    }

    // Redis is outside the process and not trusted: no more than can be digests is read, and what is of another kind counts as nothing.
    private static async Task<byte[]> ReadAsync(IDatabase database, RedisKey name)
    {
        try
        {
            return (byte[]?)await database.StringGetRangeAsync(name, 0, LongestValue - 1) ?? [];
        }
        catch (RedisServerException error) when (IsOfOtherKind(error))
        {
            return [];
        }
    }

    private async Task<bool> WriteAsync(IDatabase database, DigestKey key, DigestRun piece)
    {
        var name = NameOf(key, piece.First / ChunkBlocks);
        try
        {
            return await WriteAsync(database, name, key, piece);
        }
        catch (RedisServerException error) when (IsOfOtherKind(error))
        {
            await database.KeyDeleteAsync(name);
            return await WriteAsync(database, name, key, piece);
        }
        catch (RedisServerException error) when (error.Message.StartsWith("EXECABORT", StringComparison.Ordinal))
        {
            // Redis says why only outside of a transaction.
            await database.StringSetRangeAsync(name, piece.First % ChunkBlocks * (long)key.Algorithm.Size, piece.Digests);
            return await database.KeyExpireAsync(name, redis.Options.Lifetime);
        }
    }

    // In one transaction: a value without an expiry time would stay forever.
    private async Task<bool> WriteAsync(IDatabase database, RedisKey name, DigestKey key, DigestRun piece)
    {
        var transaction = database.CreateTransaction();
        var set = transaction.StringSetRangeAsync(name, piece.First % ChunkBlocks * (long)key.Algorithm.Size, piece.Digests);
        var expire = transaction.KeyExpireAsync(name, redis.Options.Lifetime);
        await Task.WhenAll(transaction.ExecuteAsync(), set, expire);
        return true;
    }

    private static bool IsOfOtherKind(RedisServerException error) => error.Message.StartsWith(OtherKind, StringComparison.Ordinal);

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

    private IEnumerable<(RedisKey Name, int First)> Chunks(DigestKey key)
    {
        var blocks = key.DigestCount;
        for (var first = 0; first < blocks; first += ChunkBlocks)
            yield return (NameOf(key, first / ChunkBlocks), first);
    }

    private RedisKey NameOf(DigestKey key, int chunk) => RedisKeys.Digests(redis.Options.Prefix, key, chunk);
}
