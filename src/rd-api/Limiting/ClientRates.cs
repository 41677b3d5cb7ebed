using System.Net;

namespace ReliableDownload.Api.Limiting;

/// <summary>
/// A rate for each client that is connected, or was so recently that connecting anew would give it more. Bounded by the number of connections, and
/// those that ended within the last moments. Thread-safe.
/// </summary>
internal sealed class ClientRates(long bytesPerSecond, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Entry> _entries = [];
    private readonly Queue<(IPAddress Client, Entry Entry)> _left = [];
    private long _bytesPerSecond = bytesPerSecond;

    /// <summary>Another rate from now on, also for those who are connected.</summary>
    public void Change(long bytesPerSecond)
    {
        lock (_gate)
        {
            _bytesPerSecond = bytesPerSecond;
            foreach (var entry in _entries.Values)
                entry.Rate.Change(bytesPerSecond);
        }
    }

    /// <summary>The rate of a client with one more connection.</summary>
    public SendRate Enter(IPAddress client)
    {
        lock (_gate)
        {
            ForgetIdle();
            if (!_entries.TryGetValue(client, out var entry))
                _entries[client] = entry = new Entry(new SendRate(_bytesPerSecond, clock));
            entry.Connections++;
            return entry.Rate;
        }
    }

    /// <summary>One of the client's connections has ended.</summary>
    public void Leave(IPAddress client)
    {
        lock (_gate)
        {
            var entry = _entries[client];
            if (--entry.Connections == 0)
                _left.Enqueue((client, entry));
            ForgetIdle();
        }
    }

    private void ForgetIdle()
    {
        while (_left.TryPeek(out var first) && (first.Entry.Connections > 0 || first.Entry.Rate.IsIdle))
        {
            _left.Dequeue();
            // It may be in the queue several times.
            if (first.Entry.Connections == 0 && _entries.GetValueOrDefault(first.Client) == first.Entry)
                _entries.Remove(first.Client);
        }
    }

    private sealed class Entry(SendRate rate)
    {
        public SendRate Rate => rate;

        public int Connections { get; set; }
    }
}
