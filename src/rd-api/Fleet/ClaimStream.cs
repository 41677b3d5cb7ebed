using System.Globalization;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Redis;
using StackExchange.Redis;

namespace ReliableDownload.Api.Fleet;

/// <summary>
/// The blocks of one job that nobody has finished yet, as a Redis stream with a consumer group: each entry stands for some consecutive blocks, goes to one
/// consumer, and is deleted when they are hashed. An entry's ID is made of its blocks (<c>FIRST+1-COUNT</c>), so entries need no content, and one that lies ahead can be named.
/// What belongs together is one script, because Redis may be far. Needs Redis 6.2.
/// </summary>
/// <param name="name">The stream's key.</param>
/// <param name="consumer">Who claims; not the same for two processes.</param>
/// <param name="layout">What is an entry of it.</param>
internal sealed class ClaimStream(RedisConnection redis, RedisKey name, RedisValue consumer, ClaimLayout layout)
{
    /// <summary>How long a consumer may say nothing before others take over what it claimed.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    // What everybody left is not kept for long; a new job makes a new one.
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private static readonly TimeSpan FinishedLifetime = TimeSpan.FromMinutes(1);

    // In one step, because all that are asked for a new file come at the same time. What is there without our group is a stranger's, and would be in the way for ever.
    // ARGV: lifetime, consumer, how many to claim, entries.
    private const string Make = $$"""
        local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], 'hash', '0', 'MKSTREAM')
        local isOurs = made.err and string.find(made.err, 'BUSYGROUP', 1, true)
        if not isOurs then
          if made.err and not string.find(made.err, 'WRONGTYPE', 1, true) then return made end
          redis.call('DEL', KEYS[1])
          redis.call('XGROUP', 'CREATE', KEYS[1], 'hash', '0', 'MKSTREAM')
          for i = 4, #ARGV do redis.call('XADD', KEYS[1], ARGV[i], 'b', '') end
          redis.call('EXPIRE', KEYS[1], ARGV[1])
        end
        {{Claim}}
        return {isOurs and 0 or 1, redis.call('XLEN', KEYS[1]), claim(ARGV[2], ARGV[3])}
        """;

    // ARGV: lifetime, consumer, how many to claim, lease, an entry wanted before its turn or '', from where to take over or '', how many are finished, those, and those to renew.
    private const string Go = $$"""
        local function slice(first, last, ...)
          local part = {...}
          for i = first, last do part[#part + 1] = ARGV[i] end
          return part
        end
        {{Claim}}
        local stream, consumer, finished = KEYS[1], ARGV[2], 7 + ARGV[7]
        if finished > 7 then
          redis.call(unpack(slice(8, finished, 'XACK', stream, 'hash')))
          redis.call(unpack(slice(8, finished, 'XDEL', stream)))
        end
        if #ARGV > finished then
          local renew = slice(finished + 1, #ARGV, 'XCLAIM', stream, 'hash', consumer, 0)
          renew[#renew + 1] = 'JUSTID'
          redis.call(unpack(renew))
        end
        if #ARGV > finished or ARGV[6] ~= '' then redis.call('EXPIRE', stream, ARGV[1]) end
        local wanted, left = {}, {'0-0', {} }
        if ARGV[5] ~= '' then
          wanted = redis.call('XCLAIM', stream, 'hash', consumer, ARGV[4], ARGV[5], 'FORCE', 'JUSTID')
        end
        if ARGV[6] ~= '' then
          left = redis.call('XAUTOCLAIM', stream, 'hash', consumer, ARGV[4], ARGV[6], 'COUNT', math.max(ARGV[3], {{LeastTakenOver}}), 'JUSTID')
        end
        return {claim(consumer, ARGV[3]), wanted, left[1], left[2]}
        """;

    private const string Claim = """
        local function claim(consumer, count)
          local ids = {}
          local read = count ~= '0' and redis.call('XREADGROUP', 'GROUP', 'hash', consumer, 'COUNT', count, 'STREAMS', KEYS[1], '>')
          if read then
            for i, entry in ipairs(read[1][2]) do ids[i] = entry[1] end
          end
          return ids
        end
        """;

    // Redis looks at ten times as many.
    private const string LeastTakenOver = "8";

    // Redis is outside the process and not trusted: what is no entry of this content is deleted with those that are finished, because nobody would ever finish it.
    private readonly List<RedisValue> _strays = [];

    /// <summary>Makes the stream with these entries, unless there is one, and claims the first of it.</summary>
    public Task<(bool IsNew, bool IsEmpty, BlockRun[] Claimed)> MakeAsync(IEnumerable<BlockRun> entries, int count, CancellationToken cancellationToken) => redis.UseAsync(
        async database =>
        {
            RedisValue[] arguments = [(long)Lifetime.TotalSeconds, consumer, count, .. entries.Select(IdOf)];
            var result = (RedisResult[])(await database.ScriptEvaluateAsync(Make, [name], arguments))!;
            return ((long)result[0] != 0, (long)result[1] == 0, RunsOf(result[2]));
        },
        cancellationToken);

    /// <summary>Does all this at once.</summary>
    public Task<ClaimAnswer> GoAsync(ClaimStep step, CancellationToken cancellationToken) => redis.UseAsync(
        async database =>
        {
            RedisValue[] finished = [.. _strays, .. step.Finished.Select(IdOf)];
            _strays.Clear();
            RedisValue[] arguments =
            [
                (long)Lifetime.TotalSeconds, consumer, step.Count, (long)Lease.TotalMilliseconds, step.Wanted is { } wanted ? IdOf(wanted) : "", step.TakeOverFrom ?? "",
                finished.Length, .. finished, .. step.Renewed.Select(IdOf),
            ];
            var result = (RedisResult[])(await database.ScriptEvaluateAsync(Go, [name], arguments))!;
            return new ClaimAnswer(RunsOf(result[0]), RunsOf(result[1]), (string)result[2]!, RunsOf(result[3]));
        },
        cancellationToken);

    /// <summary>All digests are known. The empty stream stays for a while: for those that have not heard of it and would make another.</summary>
    /// <param name="finished">Entries whose digests are stored.</param>
    public Task EndAsync(IReadOnlyCollection<BlockRun> finished, CancellationToken cancellationToken) => redis.UseAsync(
        async database =>
        {
            RedisValue[] ids = [.. finished.Select(IdOf)];
            Task[] ended = ids.Length == 0 ? [] : [database.StreamAcknowledgeAsync(name, "hash", ids), database.StreamDeleteAsync(name, ids)];
            await Task.WhenAll([.. ended, database.KeyExpireAsync(name, FinishedLifetime)]);
            return true;
        },
        cancellationToken);

    /// <summary>Whether somebody has an entry.</summary>
    public Task<bool> IsUnderWayAsync(CancellationToken cancellationToken) => redis.UseAsync(
        async database => (await database.StreamPendingAsync(name, "hash")).PendingMessageCount > 0, cancellationToken);

    /// <summary>Whether Redis came back empty, or forgot the stream; before Redis 7 a script's failure begins with other words.</summary>
    public static bool IsForgotten(DigestStoreException error) =>
        error.InnerException is RedisServerException { Message: var message } && message.Contains("NOGROUP", StringComparison.Ordinal);

    private static RedisValue IdOf(BlockRun run) => string.Create(CultureInfo.InvariantCulture, $"{run.First + 1L}-{run.Count}");

    private BlockRun[] RunsOf(RedisResult ids)
    {
        var runs = new List<BlockRun>();
        foreach (var id in (RedisResult[])ids!)
        {
            if (RunOf((string?)id ?? "") is { } run && layout.IsEntry(run))
                runs.Add(run);
            else
                _strays.Add((RedisValue)id);
        }

        return [.. runs];
    }

    private static BlockRun? RunOf(string id)
    {
        var hyphen = id.IndexOf('-', StringComparison.Ordinal);
        return hyphen > 0
            && int.TryParse(id.AsSpan(0, hyphen), NumberStyles.None, CultureInfo.InvariantCulture, out var next)
            && int.TryParse(id.AsSpan(hyphen + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? new BlockRun(next - 1, count)
            : null;
    }
}

/// <summary>What an rd-api asks of the stream.</summary>
/// <param name="Count">How many entries to claim that nobody had.</param>
internal readonly record struct ClaimStep(int Count)
{
    /// <summary>An entry to claim before its turn, unless somebody has it.</summary>
    public BlockRun? Wanted { get; init; }

    /// <summary>From where on to look for what others have left; null for not at all.</summary>
    public string? TakeOverFrom { get; init; }

    /// <summary>Entries whose digests are stored: to be deleted.</summary>
    public required IReadOnlyCollection<BlockRun> Finished { get; init; }

    /// <summary>Entries that this consumer still is at.</summary>
    public required IReadOnlyCollection<BlockRun> Renewed { get; init; }
}

/// <summary>What it got.</summary>
/// <param name="Claimed">Those that nobody had.</param>
/// <param name="Wanted">The one that was wanted before its turn; empty if somebody has it, or it is finished.</param>
/// <param name="Next">From where on to look next for what others have left.</param>
/// <param name="TakenOver">What others have left.</param>
internal sealed record ClaimAnswer(BlockRun[] Claimed, BlockRun[] Wanted, string Next, BlockRun[] TakenOver);
