namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Where workers find work. Jobs are served round robin, one claim at a time, so that a small file is not stuck behind a huge one; those
/// with a waiting reader come first. Thread-safe.
/// </summary>
internal sealed class HashQueue(TimeProvider time)
{
    // Clients of the classic form are not connected between two requests, but are waiting all the same.
    private static readonly TimeSpan AskMemory = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan SettlingCheck = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private readonly LinkedList<HashJob> _jobs = new();
    private bool _stopped;

    public void Add(HashJob job)
    {
        lock (_gate)
            _jobs.AddLast(job);
        Wake();
    }

    /// <summary>Waits for work, on a worker's own thread. Null once the queue has been stopped.</summary>
    public Claim? WaitForClaim()
    {
        lock (_gate)
        {
            while (!_stopped)
            {
                if ((TryClaim(awaitedOnly: true) ?? TryClaim(awaitedOnly: false)) is { } claim)
                    return claim;
                // A queued job without blocks to claim is waiting for its file to settle.
                Monitor.Wait(_gate, _jobs.Count > 0 ? SettlingCheck : Timeout.InfiniteTimeSpan);
            }

            return null;
        }
    }

    /// <summary>Wakes the workers to look for work again.</summary>
    public void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    /// <summary>Ends the waiting of all workers.</summary>
    public void Stop()
    {
        lock (_gate)
            _stopped = true;
        Wake();
    }

    private Claim? TryClaim(bool awaitedOnly)
    {
        for (var node = _jobs.First; node is not null;)
        {
            var (current, job) = (node, node.Value);
            node = node.Next;
            if (job.IsClaimedOut)
            {
                _jobs.Remove(current);
                continue;
            }

            if (awaitedOnly && !job.Digests.HasReaders && time.GetElapsedTime(job.LastAsked) > AskMemory)
                continue;
            if (job.TryClaim(job.ClaimSize.Blocks) is not { } claim)
                continue;
            _jobs.Remove(current);
            _jobs.AddLast(current);
            return claim;
        }

        return null;
    }
}
