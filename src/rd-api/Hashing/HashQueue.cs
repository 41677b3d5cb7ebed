namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Where workers find work. Jobs take turns, claim by claim, so that a small file is not stuck behind a huge one; those that somebody
/// waits for come first. Safe for threads.
/// </summary>
internal sealed class HashQueue(TimeProvider time)
{
    // Clients of the classic form are not there between two questions, and wait all the same.
    private static readonly TimeSpan AskMemory = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan SettlingCheck = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private readonly LinkedList<HashJob> _turns = new();
    private bool _stopped;

    public void Add(HashJob job)
    {
        lock (_gate)
            _turns.AddLast(job);
        Wake();
    }

    /// <summary>Waits for work, on a worker's own thread. Null when the queue was stopped.</summary>
    public Claim? Take()
    {
        lock (_gate)
        {
            while (!_stopped)
            {
                if ((TakeTurn(awaitedOnly: true) ?? TakeTurn(awaitedOnly: false)) is { } claim)
                    return claim;
                // A job that is here and gives nothing waits for its file to settle.
                Monitor.Wait(_gate, _turns.Count > 0 ? SettlingCheck : Timeout.InfiniteTimeSpan);
            }

            return null;
        }
    }

    /// <summary>Lets the workers look again.</summary>
    public void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    /// <summary>Sends the workers home.</summary>
    public void Stop()
    {
        lock (_gate)
            _stopped = true;
        Wake();
    }

    private Claim? TakeTurn(bool awaitedOnly)
    {
        for (var node = _turns.First; node is not null;)
        {
            var (turn, job) = (node, node.Value);
            node = node.Next;
            if (job.IsClaimedOut)
            {
                _turns.Remove(turn);
                continue;
            }

            if (awaitedOnly && !job.Digests.HasReaders && time.GetElapsedTime(job.LastAsked) > AskMemory)
                continue;
            if (job.TryClaim(job.ClaimSize.Blocks, time) is not { } claim)
                continue;
            _turns.Remove(turn);
            _turns.AddLast(turn);
            return claim;
        }

        return null;
    }
}
