using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Monitoring;

/// <summary>What an operator wants to see at once when something is slow.</summary>
internal sealed class ServerStatus(
    ActiveRequests requests, HashJobs jobs, StoreAccess store, Vitals vitals, RecentProblems problems, RdApiOptions options, TimeProvider clock)
{
    // A page that a person reads; the counts are of all.
    private const int MaxRows = 100;

    private readonly long _started = clock.GetTimestamp();

    public StatusReport Read() => new()
    {
        Root = options.ServedName,
        Uptime = clock.GetElapsedTime(_started),
        Memory = Environment.WorkingSet,
        RequestCount = requests.Count,
        Requests = requests.Oldest(MaxRows),
        Counts = jobs.Counts,
        Jobs = jobs.Newest(MaxRows),
        Cache = options.CacheName,
        CacheBytes = CacheBytes(),
        IsCacheUp = !store.IsAway,
        Ended = [.. vitals.Ended],
        Problems = problems.Newest(),
    };

    // With what SQLite has not moved into the file itself yet.
    private long? CacheBytes() => options.Redis is null
        ? ((FileInfo[])[new(options.CacheFile), new($"{options.CacheFile}-wal")]).Where(file => file.Exists).Sum(file => file.Length)
        : null;
}

/// <summary>The state of the server at one moment.</summary>
internal sealed record StatusReport
{
    public required string Root { get; init; }

    public required TimeSpan Uptime { get; init; }

    /// <summary>In bytes, as the system counts it.</summary>
    public required long Memory { get; init; }

    public required int RequestCount { get; init; }

    /// <summary>The oldest of them.</summary>
    public required IReadOnlyList<ActiveRequest> Requests { get; init; }

    public required HashCounts Counts { get; init; }

    /// <summary>The newest of them.</summary>
    public required IReadOnlyList<HashJob> Jobs { get; init; }

    public required string Cache { get; init; }

    /// <summary>Its size on the disk; null for Redis.</summary>
    public required long? CacheBytes { get; init; }

    public required bool IsCacheUp { get; init; }

    /// <summary>Parts of the server that have failed and are being restarted.</summary>
    public required IReadOnlyList<string> Ended { get; init; }

    public required IReadOnlyList<Problem> Problems { get; init; }
}
