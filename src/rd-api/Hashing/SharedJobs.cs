using System.Threading.Channels;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Hashing;

/// <summary>The jobs that are worth being shared with other rd-api. Whoever shares them reads them here and says when that is possible. Thread-safe.</summary>
internal sealed class SharedJobs(StoreAccess access)
{
    // In bytes. Less is hashed in the time of a few messages.
    private const long Least = 64 << 20;

    private readonly Channel<HashJob> _added = Channel.CreateBounded<HashJob>(new BoundedChannelOptions(Limits.HashJobs) { SingleReader = true });
    private readonly Channel<(DigestKey, RequestPath)> _renewed = Channel.CreateBounded<(DigestKey, RequestPath)>(new BoundedChannelOptions(Limits.RecentContents) { SingleReader = true });
    private volatile bool _isPossible;

    /// <summary>Whether others can be reached. A store that just failed to tell what it knows would fail a second time, and a client wait for that, too.</summary>
    public bool IsPossible
    {
        get => _isPossible && !access.IsAway;
        set => _isPossible = value;
    }

    /// <summary>Jobs that have begun.</summary>
    public ChannelReader<HashJob> Added => _added.Reader;

    /// <summary>Contents that were hashed again and that others may have in memory; the store has the new digests. Not the jobs: a table may be large.</summary>
    public ChannelReader<(DigestKey Key, RequestPath Path)> Renewed => _renewed.Reader;

    /// <summary>Whether a job is to begin shared: a large one whose digests can be trusted.</summary>
    public bool IsToShare(HashJob job) => IsPossible && IsWorthwhile(job) && job.IsSettled;

    public void Add(HashJob job)
    {
        if (IsWorthwhile(job) && _added.Writer.TryWrite(job))
            return;
        if (job.IsShared)
            job.EndSharing();
    }

    public void AddRenewed(HashJob job) => _renewed.Writer.TryWrite((job.Key, job.Path));

    // What a client distrusts must not come from elsewhere.
    private static bool IsWorthwhile(HashJob job) => !job.IsRenewal && job.Key.Identity.Size - job.Digests.KnownBytes >= Least;
}
