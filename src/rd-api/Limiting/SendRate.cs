namespace ReliableDownload.Api.Limiting;

/// <summary>
/// How many bytes a second may be sent, over all connections that share it. Thread-safe. Each sender gets the next slot of one timeline, and
/// slots are short: so the rate is smooth, and connections take turns.
/// </summary>
/// <param name="bytesPerSecond">At least 1.</param>
/// <param name="clock">The clock.</param>
internal sealed class SendRate(long bytesPerSecond, TimeProvider clock)
{
    /// <summary>As many bytes a second as anybody wants.</summary>
    public const long Unlimited = long.MaxValue;

    // Short enough to be smooth, long enough not to set timers all the time.
    private const double SlotSeconds = 0.05;

    // What a late timer missed may be caught up with; more would be a burst.
    private const double CatchUpSeconds = 0.2;

    // Bytes: what a packet carries.
    private const int MinSlot = 1448;

    private readonly Lock _gate = new();
    private double _next = Seconds(clock);
    private long _bytesPerSecond = bytesPerSecond;

    /// <summary>Whether all that was reserved is over, so that a new timeline would not allow more than this one.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return _next <= Seconds(clock);
        }
    }

    /// <summary>Another rate from now on; what is reserved stays so.</summary>
    public void Change(long bytesPerSecond)
    {
        lock (_gate)
            _bytesPerSecond = bytesPerSecond;
    }

    /// <summary>Reserves the next slot.</summary>
    /// <param name="wanted">Bytes; at least 1.</param>
    /// <returns>How many bytes may be sent, from 1 to <paramref name="wanted"/>, and how long to wait before.</returns>
    public (int Count, TimeSpan Wait) Reserve(int wanted)
    {
        lock (_gate)
        {
            var now = Seconds(clock);
            _next = Math.Max(_next, now - CatchUpSeconds);
            var wait = Math.Max(0, _next - now);
            // Of many who wait each gets less, so that none is silent for long: with 1,000 a turn comes every 1.6 s.
            var slot = _bytesPerSecond * SlotSeconds / (1 + (wait / SlotSeconds));
            var count = Math.Min(wanted, (int)Math.Clamp(slot, MinSlot, int.MaxValue));
            _next += (double)count / _bytesPerSecond;
            return (count, TimeSpan.FromSeconds(wait));
        }
    }

    /// <summary>So many reserved bytes will not be sent.</summary>
    public void Return(int unused)
    {
        if (unused == 0)
            return;
        lock (_gate)
            _next -= (double)unused / _bytesPerSecond;
    }

    private static double Seconds(TimeProvider clock) => (double)clock.GetTimestamp() / clock.TimestampFrequency;
}
