// How many digests a second the stores take and give: 524,288 of SHA-256 in runs of 4096, as rd-api writes them each second, and back.
// Usage: Stores FOLDER REDIS-PORT; one line "name<tab>digests per second" for each.
using Microsoft.Extensions.Logging.Abstractions;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Redis;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

const int Blocks = 524_288;
const int Batch = 4096;

await using var sqlite = new SqliteDigestStore(Path.Combine(args[0], "stores.db"), TimeProvider.System, NullLogger.Instance);
await using var redis = new RedisDigestStore(new RedisConnection(RedisOptions.At("127.0.0.1", int.Parse(args[1])), TimeProvider.System));
await MeasureAsync("SQLite", sqlite);
await MeasureAsync("Redis", redis);

static async Task MeasureAsync(string name, IDigestStore store)
{
    var time = TimeProvider.System;
    var identity = new FileIdentity { Size = 1L << 40, Modified = time.GetTimestamp() };
    var key = new DigestKey("/file", identity, BlockLayout.DefaultBlockSize, DigestAlgorithm.Sha256);
    await store.OpenAsync(CancellationToken.None);

    var batch = new byte[Batch * DigestAlgorithm.Sha256.Size];
    var started = time.GetTimestamp();
    for (var first = 0; first < Blocks; first += Batch)
    {
        Random.Shared.NextBytes(batch);
        await store.WriteAsync(key, [new DigestRun(first, batch)], CancellationToken.None);
    }

    Tell("written to");
    started = time.GetTimestamp();
    var read = 0;
    await store.ReadAsync(key, run => read += run.Digests.Length, CancellationToken.None);
    Tell("read from");
    if (read != Blocks * DigestAlgorithm.Sha256.Size)
        throw new InvalidOperationException($"{name} lost digests.");

    void Tell(string what) => Console.WriteLine($"digests {what} {name} in a second\t{Blocks / time.GetElapsedTime(started).TotalSeconds:F0}");
}
