using ReliableDownload.Api.Cache;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The unfinished jobs. There is room for a new one as long as another can be dropped: the least recently requested one without readers.
/// Not thread-safe: its owner locks.
/// </summary>
internal sealed class JobTable
{
    private readonly Dictionary<DigestKey, HashJob> _jobs = [];

    public int Count => _jobs.Count;

    public List<HashJob> Newest(int most) => [.. _jobs.Values.OrderByDescending(static job => job.LastAsked).Take(most)];

    public HashJob? Find(DigestKey content) => _jobs.GetValueOrDefault(content);

    /// <returns>False if all places are taken by jobs whose digests are being read.</returns>
    /// <param name="dropped">The job that made room; it is no longer in the table.</param>
    public bool TryAdd(HashJob job, out HashJob? dropped)
    {
        dropped = null;
        var isWhole = job.Whole is not null;
        var (most, mostOfClient) = isWhole ? (Limits.WholeFileJobs, Limits.WholeFileJobsOfClient) : (Limits.HashJobs, Limits.HashJobsOfClient);
        if (_jobs.Count >= mostOfClient)
        {
            var all = _jobs.Values.Where(other => other.Whole is not null == isWhole).ToList();
            var own = all.Where(other => other.Client.Equals(job.Client)).ToList();
            var isFull = own.Count >= mostOfClient || all.Count >= most;
            if (isFull)
                dropped = (own.Count >= mostOfClient ? own : all).Where(static other => !other.Digests.HasReaders).MinBy(static other => other.LastAsked);
            if (isFull && dropped is null)
                return false;
        }

        if (dropped is not null)
            Remove(dropped);
        _jobs.Add(job.Key.Content, job);
        return true;
    }

    /// <summary>Removes a job, unless another has taken its place.</summary>
    public void Remove(HashJob job)
    {
        if (Find(job.Key.Content) == job)
            _jobs.Remove(job.Key.Content);
    }
}
