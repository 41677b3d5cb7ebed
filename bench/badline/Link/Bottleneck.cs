namespace ReliableDownload.Bench.Link;

/// <summary>
/// The slowest piece of one direction: sends one packet after the other at its rate, keeps what comes faster in a queue, and drops
/// what finds the queue full. The queue is no list but the time until which the bottleneck is busy. For one thread.
/// </summary>
/// <param name="rate">In bytes per second, counted with the IP headers.</param>
/// <param name="queueTime">How long a packet waits in a queue that is just full.</param>
internal sealed class Bottleneck(double rate, TimeSpan queueTime)
{
    private TimeSpan _busyUntil;

    /// <summary>When the last byte of a packet that comes now has left; null where the queue is full.</summary>
    public TimeSpan? Send(TimeSpan now, int length)
    {
        if (_busyUntil - now > queueTime)
            return null;
        _busyUntil = (now > _busyUntil ? now : _busyUntil) + TimeSpan.FromSeconds(length / rate);
        return _busyUntil;
    }
}
