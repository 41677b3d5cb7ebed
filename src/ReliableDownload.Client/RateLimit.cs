namespace ReliableDownload.Client;

/// <summary>
/// How many bytes a second may come, over all connections of all downloads that share it. Thread-safe. Each reader gets the next slot of one
/// timeline, and slots are short: so the rate is smooth, connections take turns, and none waits so long that it seems silent.
/// </summary>
public sealed class RateLimit
{
    // Short enough to be smooth, long enough not to wake a processor all the time.
    private const double SlotSeconds = 0.05;

    // What a late wake-up missed may be caught up with; more would be a burst.
    private const double CatchUpSeconds = 0.2;

    // Beside the rate itself, what comes into the kernel's buffers ahead of it matters: on a slow line those of few connections.
    private const long BytesPerSecondOfOne = 128 << 10;

    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly double _ticksPerByte;
    private readonly int _slot;
    private double _next;
    private long _bytesTaken;

    /// <param name="bytesPerSecond">At least 1.</param>
    public RateLimit(long bytesPerSecond)
        : this(bytesPerSecond, TimeProvider.System)
    {
    }

    internal RateLimit(long bytesPerSecond, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        BytesPerSecond = bytesPerSecond;
        _clock = clock;
        _ticksPerByte = (double)clock.TimestampFrequency / bytesPerSecond;
        _slot = (int)Math.Clamp(bytesPerSecond * SlotSeconds, 1, int.MaxValue);
        _next = clock.GetTimestamp();
    }

    /// <summary>The limit.</summary>
    public long BytesPerSecond { get; }

    /// <summary>Bytes that all readers together took so far.</summary>
    internal long BytesTaken => Interlocked.Read(ref _bytesTaken);

    /// <summary>The most connections that make sense.</summary>
    internal int MaxConnections => (int)Math.Clamp(BytesPerSecond / BytesPerSecondOfOne, 1, DownloadOptions.MaxConnections);

    /// <summary>Waits until bytes may be read.</summary>
    /// <param name="wanted">How many would be read without a limit; at least 1.</param>
    /// <param name="ended">Ends the waiting.</param>
    /// <returns>How many may be read now, at least 1. What did not come is to be <see cref="Return">returned</see>.</returns>
    internal int Take(int wanted, CancellationToken ended)
    {
        var (length, wait) = Reserve(wanted);
        if (wait > TimeSpan.Zero)
            ended.WaitHandle.WaitOne(wait);
        return length;
    }

    /// <summary>The next slot: how many bytes may be read, and in what time from now; zero or less for at once.</summary>
    internal (int Length, TimeSpan Wait) Reserve(int wanted)
    {
        var length = Math.Min(wanted, _slot);
        lock (_lock)
        {
            var now = _clock.GetTimestamp();
            _next = Math.Max(_next, now - (CatchUpSeconds * _clock.TimestampFrequency));
            var wait = TimeSpan.FromSeconds((_next - now) / _clock.TimestampFrequency);
            _next += length * _ticksPerByte;
            _bytesTaken += length;
            return (length, wait);
        }
    }

    /// <summary>So many bytes that were taken did not come.</summary>
    internal void Return(int unused)
    {
        if (unused == 0)
            return;
        lock (_lock)
        {
            _next -= unused * _ticksPerByte;
            _bytesTaken -= unused;
        }
    }
}
