// How many digests a second the stores take and give: 524,288 of SHA-256 in runs of 4096, as rd-api writes them each second, and back.
// Then how long those of 1,000,000 small files take, in calls of 4096, and what they weigh.
// Usage: Stores FOLDER REDIS-PORT; one line "name<tab>figure" for each.
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Redis;
using ReliableDownload.Protocol;
using StackExchange.Redis;

const int Blocks = 524_288;
const int Batch = 4096;

await using var sqlite = new SqliteDigestStore(Path.Combine(args[0], "stores.db"), TimeProvider.System, NullLogger.Instance);
await using var redis = new RedisDigestStore(new RedisConnection(RedisOptions.At("127.0.0.1", int.Parse(args[1])), TimeProvider.System));
await MeasureAsync("SQLite", sqlite);
await MeasureAsync("Redis", redis);
await MeasureFilesAsync("SQLite", sqlite, () => Task.FromResult(new DirectoryInfo(args[0]).EnumerateFiles("stores.db*").Sum(file => file.Length)));
await MeasureFilesAsync("Redis", redis, async () =>
{
    await using var asking = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{args[1]},allowAdmin=true");
    var memory = (string?)await asking.GetDatabase().ExecuteAsync("INFO", "memory");
    return long.Parse(memory!.Split("used_memory:")[1].Split('\r')[0], CultureInfo.InvariantCulture);
});

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

static async Task MeasureFilesAsync(string name, IDigestStore store, Func<Task<long>> sizeAsync)
{
    const int Files = 1_000_000;
    var time = TimeProvider.System;
    var before = await sizeAsync();
    var keys = Enumerable.Range(0, Files)
        .Select(i => new DigestKey($"/srv/files/dataset/folder-{i / 1000:D4}/file-{i:D7}.bin", new FileIdentity(4096, 1_700_000_000_000_000_000 + i, (ulong)i, 1_700_000_000_000_000_000 + i), BlockLayout.DefaultBlockSize, DigestAlgorithm.Sha256))
        .ToArray();
    foreach (var what in (string[])["writing the digests of", "writing once more those of"])
    {
        var started = time.GetTimestamp();
        foreach (var part in keys.Chunk(IDigestStore.MaxFiles))
            await store.WriteFilesAsync([.. part.Select(key => new FileDigest(key, System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)))], CancellationToken.None);
        Console.WriteLine($"seconds for {what} 1,000,000 files ({name})\t{time.GetElapsedTime(started).TotalSeconds:F1}");
    }

    var begun = time.GetTimestamp();
    var found = 0;
    foreach (var part in keys.Chunk(IDigestStore.MaxFiles))
        await store.ReadFilesAsync(part, (_, _) => found++, CancellationToken.None);
    Console.WriteLine($"seconds for reading the digests of 1,000,000 files ({name})\t{time.GetElapsedTime(begun).TotalSeconds:F1}");
    Console.WriteLine($"bytes of {name} for each of them\t{(await sizeAsync() - before) / Files}");
    if (found != Files)
        throw new InvalidOperationException($"{name} has {found} of {Files}.");
}
