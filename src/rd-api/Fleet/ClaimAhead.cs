using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Fleet;

/// <summary>
/// How far ahead of its workers an rd-api claims: so far that they are busy until the next claims come from Redis, which may be far. Not further than a share of what is
/// left, so that all rd-api end together. Used by one loop.
/// </summary>
internal sealed class ClaimAhead(HashJob job, ClaimLayout layout, int workers)
{
    // Entries of one command.
    private const int MostClaimed = 64;

    // Of what is left.
    private const int Share = 8;

    // A Redis that takes longer is not worth more.
    private static readonly TimeSpan MostRoundTrip = TimeSpan.FromSeconds(1);

    private TimeSpan _roundTrip;

    /// <summary>How many entries to claim now.</summary>
    public int Missing
    {
        get
        {
            var missing = Wanted - job.UnclaimedCount;
            return missing <= 0 ? 0 : Math.Min(MostClaimed, ((missing - 1) / layout.EntryBlocks) + 1);
        }
    }

    /// <summary>How many blocks are to wait for the workers.</summary>
    public int Wanted
    {
        get
        {
            var turn = workers * job.ClaimSize.Blocks;
            // One way there is to ask as soon as something is missing, and the other because no two round trips are alike.
            var meanwhile = workers * job.ClaimSize.BlocksPerSecond * 2 * _roundTrip.TotalSeconds;
            var share = (job.Key.DigestCount - job.Digests.KnownCount) / Share;
            return Math.Max(turn, (int)Math.Min(turn + meanwhile, share));
        }
    }

    /// <summary>How many entries to claim at first, when nothing is known of Redis and the file.</summary>
    public int First => Math.Clamp(job.Key.DigestCount / Share / layout.EntryBlocks, 1, 2 * workers);

    /// <summary>Redis has answered after so long: a slower answer counts at once, a faster one by and by.</summary>
    public void Measure(TimeSpan roundTrip)
    {
        if (roundTrip > MostRoundTrip)
            roundTrip = MostRoundTrip;
        _roundTrip = roundTrip > _roundTrip ? roundTrip : _roundTrip - ((_roundTrip - roundTrip) / 8);
    }
}
