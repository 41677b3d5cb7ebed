namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Where workers find work. Clients take turns, one claim at a time, and so do the jobs of each: a small file is not stuck behind a huge one, nor a client
/// behind another that asks for hundreds. Jobs with a waiting reader come first. Thread-safe.
/// </summary>
internal sealed class HashQueue(TimeProvider time)
{
    // Clients of the classic form are not connected between two requests, but are waiting all the same.
    private static readonly TimeSpan AskMemory = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan SettlingCheck = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();

    // The jobs of each client, none empty; who had no turn for longest is first.
    private readonly LinkedList<LinkedList<HashJob>> _clients = new();
    private bool _stopped;

    public void Add(HashJob job)
    {
        lock (_gate)
        {
            // As many as there are jobs at most, which are bounded.
            var own = _clients.FirstOrDefault(jobs => jobs.First!.Value.Client.Equals(job.Client));
            if (own is null)
                _clients.AddLast(own = new LinkedList<HashJob>());
            own.AddLast(job);
        }

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
                Monitor.Wait(_gate, _clients.Count > 0 ? SettlingCheck : Timeout.InfiniteTimeSpan);
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
        for (var node = _clients.First; node is not null;)
        {
            var (client, jobs) = (node, node.Value);
            node = node.Next;
            var claim = TryClaim(jobs, awaitedOnly);
            if (claim is not null || jobs.Count == 0)
                _clients.Remove(client);
            if (claim is null)
                continue;
            _clients.AddLast(client);
            return claim;
        }

        return null;
    }

    private Claim? TryClaim(LinkedList<HashJob> jobs, bool awaitedOnly)
    {
        for (var node = jobs.First; node is not null;)
        {
            var (current, job) = (node, node.Value);
            node = node.Next;
            if (job.IsClaimedOut)
            {
                jobs.Remove(current);
                continue;
            }

            if (awaitedOnly && !job.Digests.HasReaders && time.GetElapsedTime(job.LastAsked) > AskMemory)
                continue;
            if (job.TryClaim(job.ClaimSize.Blocks) is not { } claim)
                continue;
            jobs.Remove(current);
            jobs.AddLast(current);
            return claim;
        }

        return null;
    }
}
