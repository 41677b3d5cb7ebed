namespace ReliableDownload.Api.Hashing;

/// <summary>The jobs with digests to store, now or later. Thread-safe.</summary>
internal sealed class UnstoredJobs
{
    // Approximate size of a job without its digests, in bytes.
    private const int JobBytes = 2048;

    private readonly Lock _gate = new();
    private readonly List<HashJob> _jobs = [];

    public HashJob[] All
    {
        get
        {
            lock (_gate)
                return [.. _jobs];
        }
    }

    public void Add(HashJob job)
    {
        lock (_gate)
            _jobs.Add(job);
    }

    /// <summary>Removes the jobs that have ended and are stored, and the oldest of those waiting for the store beyond <see cref="Limits.UnstoredDigests"/>.</summary>
    /// <returns>How many jobs were dropped unstored; their digests will be calculated again.</returns>
    public int RemoveEnded()
    {
        lock (_gate)
        {
            _jobs.RemoveAll(static job => IsEnded(job) && !job.Unstored.IsAny);
            var bytes = _jobs.Where(IsEnded).Sum(BytesOf);
            var removed = 0;
            _jobs.RemoveAll(job =>
            {
                if (bytes <= Limits.UnstoredDigests || !IsEnded(job))
                    return false;
                bytes -= BytesOf(job);
                removed++;
                return true;
            });
            return removed;
        }
    }

    private static bool IsEnded(HashJob job) => job.Digests.State != DigestsState.Pending;

    private static long BytesOf(HashJob job) => JobBytes + job.Digests.Read(static table => table.HeldBytes);
}
