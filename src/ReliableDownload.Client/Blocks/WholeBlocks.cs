namespace ReliableDownload.Client.Blocks;

/// <summary>
/// Received blocks on their way from connections to provers. A prover takes all that wait, so that nothing waits on a slow line, and on a
/// fast one many are hashed together: those that came while others were hashed. Safe for threads.
/// </summary>
/// <param name="connections">How many bring blocks; each says once that it is over.</param>
/// <param name="maxHashing">How many provers hash at a time: another that took blocks would only make the batches smaller.</param>
internal sealed class WholeBlocks(int connections, int maxHashing)
{
    private readonly object _lock = new();
    private readonly Queue<OpenBlock> _waiting = new();
    private int _connections = connections;
    private int _hashing;

    public void Add(OpenBlock open)
    {
        lock (_lock)
        {
            _waiting.Enqueue(open);
            Monitor.PulseAll(_lock);
        }
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

    /// <summary>Waits for blocks, and takes some of one length; false when no more will come. <see cref="EndHashing"/> has to follow.</summary>
    /// <param name="batch">Takes them.</param>
    /// <param name="max">How many at the most.</param>
    public bool Take(List<OpenBlock> batch, int max)
    {
        batch.Clear();
        lock (_lock)
        {
            while (_waiting.Count == 0 || _hashing == maxHashing)
            {
                if (_waiting.Count == 0 && _connections == 0)
                    return false;
                Monitor.Wait(_lock);
            }

            while (batch.Count < max && _waiting.TryPeek(out var next) && (batch.Count == 0 || next.Length == batch[0].Length))
                batch.Add(_waiting.Dequeue());
            _hashing++;
            return true;
        }
    }

    public void EndHashing()
    {
        lock (_lock)
        {
            _hashing--;
            Monitor.PulseAll(_lock);
        }
    }
}
