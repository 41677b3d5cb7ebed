using System.Threading.Channels;

namespace ReliableDownload.Api.Hashing;

/// <summary>The jobs that are worth being shared with other rd-api. Whoever shares them reads them here and says when that is possible. Thread-safe.</summary>
internal sealed class SharedJobs(StoreAccess access)
{
    // In bytes. Less is hashed in the time of a few messages.
    private const long Least = 64 << 20;

    private readonly Channel<HashJob> _added = Channel.CreateBounded<HashJob>(new BoundedChannelOptions(Limits.HashJobs) { SingleReader = true });
    private readonly Channel<HashJob> _renewed = Channel.CreateBounded<HashJob>(new BoundedChannelOptions(Limits.RecentContents) { SingleReader = true });
    private volatile bool _isPossible;

    /// <summary>Whether others can be reached. A store that just failed to tell what it knows would fail a second time, and a client wait for that, too.</summary>
    public bool IsPossible
    {
        get => _isPossible && !access.IsAway;
        set => _isPossible = value;
    }

    /// <summary>Jobs that have begun.</summary>
    public ChannelReader<HashJob> Added => _added.Reader;

    /// <summary>Jobs that calculated again what others may have in memory; the store has the new digests.</summary>
    public ChannelReader<HashJob> Renewed => _renewed.Reader;

    /// <summary>Whether a job is to begin shared: a large one whose digests can be trusted.</summary>
    public bool IsToShare(HashJob job) => IsPossible && IsWorthwhile(job) && job.IsSettled;

    public void Add(HashJob job)
    {
        if (IsWorthwhile(job) && _added.Writer.TryWrite(job))
            return;
        if (job.IsShared)
            job.EndSharing();
    }

    public void AddRenewed(HashJob job) => _renewed.Writer.TryWrite(job);

    // What a client distrusts must not come from elsewhere.
    private static bool IsWorthwhile(HashJob job) => !job.IsRenewal && job.Key.Identity.Size - job.Digests.KnownBytes >= Least;
}
