using System.Globalization;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Redis;
using StackExchange.Redis;

namespace ReliableDownload.Api.Fleet;

/// <summary>
/// The blocks of one job that nobody has finished yet, as a Redis stream with a consumer group: each entry stands for some consecutive blocks, goes to one
/// consumer, and is deleted when they are hashed. An entry's ID is made of its blocks (<c>FIRST+1-COUNT</c>), so entries need no content, and one that lies ahead can be named.
/// Needs Redis 6.2.
/// </summary>
/// <param name="name">The stream's key.</param>
/// <param name="consumer">Who claims; not the same for two processes.</param>
internal sealed class ClaimStream(RedisConnection redis, RedisKey name, RedisValue consumer)
{
    /// <summary>How long a consumer may say nothing before others take over what it claimed.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private static readonly RedisValue Group = "hash";

    // What everybody left is not kept for long; a new job makes a new one.
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private static readonly TimeSpan FinishedLifetime = TimeSpan.FromMinutes(1);

    // In one step, because all that are asked for a new file come at the same time.
    private const string Make = """
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        redis.call('XGROUP', 'CREATE', KEYS[1], 'hash', '0', 'MKSTREAM')
        for i = 2, #ARGV do redis.call('XADD', KEYS[1], ARGV[i], 'b', '') end
        redis.call('EXPIRE', KEYS[1], ARGV[1])
        return 1
        """;

    /// <summary>Makes the stream with these entries, unless there is one.</summary>
    public Task MakeAsync(IEnumerable<BlockRun> entries, CancellationToken cancellationToken) => redis.UseAsync(
        database => database.ScriptEvaluateAsync(Make, [name], [(long)Lifetime.TotalSeconds, .. entries.Select(IdOf)]), cancellationToken);

    /// <summary>Claims the next entries that nobody had.</summary>
    public Task<BlockRun[]> ClaimAsync(int count, CancellationToken cancellationToken) => redis.UseAsync(
        async database => (BlockRun[])[.. (await database.StreamReadGroupAsync(name, Group, consumer, StreamPosition.NewMessages, count)).Select(entry => RunOf(entry.Id))],
        cancellationToken);

    /// <summary>Claims one entry before its turn.</summary>
    /// <returns>False if somebody has it, or it is finished.</returns>
    public Task<bool> TryClaimAsync(BlockRun entry, CancellationToken cancellationToken) => redis.UseAsync(
        async database => (await database.ExecuteAsync(
            "XCLAIM", (object[])[name, Group, consumer, Milliseconds(Lease), IdOf(entry), "FORCE", "JUSTID"])).Length > 0,
        cancellationToken);

    /// <summary>Claims what others have left.</summary>
    public Task<BlockRun[]> TakeOverAsync(int count, CancellationToken cancellationToken) => redis.UseAsync(
        async database => (BlockRun[])[.. (await database.StreamAutoClaimIdsOnlyAsync(name, Group, consumer, Milliseconds(Lease), "0-0", count)).ClaimedIds.Select(RunOf)],
        cancellationToken);

    /// <summary>Says that this consumer is still at its entries.</summary>
    public Task RenewAsync(IReadOnlyCollection<BlockRun> entries, CancellationToken cancellationToken) => redis.UseAsync(
        async database =>
        {
            var expire = database.KeyExpireAsync(name, Lifetime);
            if (entries.Count > 0)
                await database.StreamClaimIdsOnlyAsync(name, Group, consumer, 0, [.. entries.Select(IdOf)]);
            return await expire;
        },
        cancellationToken);

    /// <summary>Deletes entries whose digests are stored.</summary>
    public Task FinishAsync(IReadOnlyCollection<BlockRun> entries, CancellationToken cancellationToken) => redis.UseAsync(
        async database =>
        {
            RedisValue[] ids = [.. entries.Select(IdOf)];
            await Task.WhenAll(database.StreamAcknowledgeAsync(name, Group, ids), database.StreamDeleteAsync(name, ids));
            return true;
        },
        cancellationToken);

    /// <summary>All digests are known. The empty stream stays for a while: for those that have not heard of it and would make another.</summary>
    public Task EndAsync(CancellationToken cancellationToken) =>
        redis.UseAsync(database => database.KeyExpireAsync(name, FinishedLifetime), cancellationToken);

    /// <summary>Whether somebody has an entry.</summary>
    public Task<bool> IsUnderWayAsync(CancellationToken cancellationToken) => redis.UseAsync(
        async database => (await database.StreamPendingAsync(name, Group)).PendingMessageCount > 0, cancellationToken);

    private static RedisValue IdOf(BlockRun run) => string.Create(CultureInfo.InvariantCulture, $"{run.First + 1L}-{run.Count}");

    private static BlockRun RunOf(RedisValue id)
    {
        var parts = ((string)id!).Split('-');
        return new BlockRun((int)(long.Parse(parts[0], CultureInfo.InvariantCulture) - 1), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static int Milliseconds(TimeSpan time) => (int)time.TotalMilliseconds;
}
