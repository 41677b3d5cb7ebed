using System.Diagnostics;

namespace ReliableDownload.Bench.Link;

/// <summary>The time since the first packet, so that outages come at the same moment of each download. Shared by both directions.</summary>
internal sealed class LineClock
{
    private long _start;

    public TimeSpan Now
    {
        get
        {
            var now = Stopwatch.GetTimestamp();
            var start = Volatile.Read(ref _start);
            return Stopwatch.GetElapsedTime(start == 0 ? Start(now) : start, now);
        }
    }

    private long Start(long now) => Interlocked.CompareExchange(ref _start, now, 0) is var start && start != 0 ? start : now;
}
