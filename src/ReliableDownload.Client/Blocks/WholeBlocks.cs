namespace ReliableDownload.Client.Blocks;

/// <summary>
/// Received blocks on their way from connections to provers. On a fast line blocks wait for company, since many are hashed together in
/// nearly the time of one; on a slow one, and where nothing else is to come, none is held back. Thread-safe.
/// </summary>
/// <param name="connections">How many bring blocks, or begin others that do; each says once that it is over.</param>
/// <param name="maxHashing">How many provers hash at a time: another that took blocks would only make the batches smaller.</param>
/// <param name="lanes">How many blocks a prover takes at the most.</param>
/// <param name="memory">For how many blocks there is memory, those that are being received included.</param>
/// <param name="isReceiving">Whether a connection is at a request.</param>
internal sealed class WholeBlocks(int connections, int maxHashing, int lanes, int memory, Func<bool> isReceiving, TimeProvider clock)
{
    // In this time a line of 10 Gbit/s brings a dozen blocks of 2 MiB; where fewer come, hashing them alone costs little.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(20);

    private readonly object _lock = new();
    private readonly Queue<OpenBlock> _waiting = new();
    private int _connections = connections;
    private int _hashing;
    private long _since;

    public void Add(OpenBlock open)
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
                _since = clock.GetTimestamp();
            _waiting.Enqueue(open);
            // The first one begins somebody's waiting for company.
            if (_waiting.Count == 1 || WaitingTime() == TimeSpan.Zero)
                Monitor.Pulse(_lock);
        }
    }

    /// <summary>Another connection will bring blocks.</summary>
    public void BeginConnection()
    {
        lock (_lock)
            _connections++;
    }

    /// <summary>A connection brings no more.</summary>
    public void EndConnection()
    {
        lock (_lock)
        {
            _connections--;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>A request is over: if no other is under way nothing is worth waiting for.</summary>
    public void EndReceiving()
    {
        lock (_lock)
            Monitor.Pulse(_lock);
    }

    /// <summary>Waits for blocks, and takes some of one length; false when no more will come. <see cref="EndHashing"/> has to follow.</summary>
    /// <param name="batch">Takes them.</param>
    public bool Take(List<OpenBlock> batch)
    {
        batch.Clear();
        lock (_lock)
        {
            for (var time = WaitingTime(); time != TimeSpan.Zero; time = WaitingTime())
            {
                if (_waiting.Count == 0 && _connections == 0)
                    return false;
                Monitor.Wait(_lock, time);
            }

            while (batch.Count < lanes && _waiting.TryPeek(out var next) && (batch.Count == 0 || next.Length == batch[0].Length))
                batch.Add(_waiting.Dequeue());
            _since = clock.GetTimestamp();
            _hashing++;
            return true;
        }
    }

    public void EndHashing()
    {
        lock (_lock)
        {
            _hashing--;
            if (_waiting.Count > 0)
                Monitor.Pulse(_lock);
            else if (_connections == 0)
                Monitor.PulseAll(_lock);
        }
    }

    /// <summary>How long it is worth while to wait before blocks are taken, unless something happens; zero for not at all.</summary>
    private TimeSpan WaitingTime()
    {
        if (_waiting.Count == 0 || _hashing == maxHashing)
            return Timeout.InfiniteTimeSpan;
        // What lies here is missing to those that receive: half of it at the most, while others write the other half.
        if (_waiting.Count >= Math.Min(lanes, (memory - _connections) / 2) || !isReceiving())
            return TimeSpan.Zero;
        var left = MaxWait - clock.GetElapsedTime(_since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
