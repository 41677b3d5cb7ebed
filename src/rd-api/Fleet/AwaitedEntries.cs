using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Fleet;

/// <summary>
/// The entries of a job that others have, and since when nothing came of them. It is the entry that is timed, and not the job: one who hangs must not be waited for because
/// others go on. Used by one loop.
/// </summary>
internal sealed class AwaitedEntries(HashJob job, ClaimLayout layout, TimeProvider time)
{
    private readonly Dictionary<BlockRun, (int Known, long Since)> _entries = [];

    /// <summary>Looks at what others have now.</summary>
    /// <param name="claims">What this one has.</param>
    /// <param name="front">All entries up to this block have been given to somebody.</param>
    public void Look(HeldClaims claims, int front)
    {
        foreach (var entry in layout.Entries().TakeWhile(entry => entry.First <= front).Union(Wanted()))
        {
            var known = job.Digests.Read(table => table.KnownRun(entry.First, entry.Count));
            if (known == entry.Count || claims.Contains(entry))
                _entries.Remove(entry);
            else if (!_entries.TryGetValue(entry, out var before) || before.Known != known)
                _entries[entry] = (known, time.GetTimestamp());
        }
    }

    /// <summary>Those of which a reader here waits for a block, and of which nothing came for so long.</summary>
    public List<BlockRun> Overdue(TimeSpan age) =>
        [.. Wanted().Where(entry => job.Digests.HasPending(entry) && _entries.TryGetValue(entry, out var had) && time.GetElapsedTime(had.Since) >= age)];

    private IEnumerable<BlockRun> Wanted() =>
        job.Digests.AllWanted().Where(block => block < job.Key.DigestCount).Select(layout.EntryAt).Distinct();
}
