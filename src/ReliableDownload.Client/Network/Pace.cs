namespace ReliableDownload.Client.Network;

/// <summary>What one connection did so far, and what may be expected of it: how long its next request should be, and how long it may be silent.</summary>
internal sealed class Pace(DownloadOptions options, ServerAddress address)
{
    // A request should last so long that the wait for its first byte does not count, nor that the sender begins slowly again: with 1.5 s
    // lossy lines took a tenth longer (measured, bench/badline). What is long can still be shared.
    private const double TargetSeconds = 20;
    private const int TargetLatencies = 10;
    private const long MinBytes = 64 << 10;
    private const long MaxBytes = 64 << 20;
    // While nothing is known of the speed.
    private const long FirstBytes = 2 << 20;
    private static readonly TimeSpan FarAway = TimeSpan.FromMilliseconds(500);
    private const int MinRead = 16 << 10;
    private const int MaxRead = 256 << 10;

    // At least 3 s: shorter silences are common on lossy lines, while TCP sends again.
    private static readonly TimeSpan MinStall = TimeSpan.FromSeconds(3);
    private const int StallRoundTrips = 4;
    private const int StallLatencies = 2;

    private int _silences;

    /// <summary>From the sending of a request to its first byte; zero while not known.</summary>
    public TimeSpan Latency { get; private set; }

    /// <summary>Bytes a second while bytes come; zero while not known.</summary>
    public double Speed { get; private set; }

    /// <summary>How long this connection may be silent before its work is given to a fresh one.</summary>
    public TimeSpan StallLimit => address.RoundTrip == TimeSpan.Zero
        ? options.StallLimit
        : Min(options.StallLimit, Math.Pow(2, _silences) * Max(MinStall, Max(StallRoundTrips * address.RoundTrip, StallLatencies * Latency)));

    /// <summary>How long a request should be, in bytes.</summary>
    /// <param name="left">Bytes of the file that nobody fetches yet.</param>
    /// <param name="connections">How many share them.</param>
    public long NextLength(long left, int connections)
    {
        var seconds = Math.Max(TargetSeconds, TargetLatencies * Latency.TotalSeconds);
        var wanted = Speed > 0 ? (long)(Speed * seconds) : address.RoundTrip < FarAway ? FirstBytes : MaxBytes;
        return Math.Clamp(Math.Min(wanted, left / connections), MinBytes, MaxBytes);
    }

    /// <summary>How many bytes to read at once: little on a slow line, so that others can take over what is behind them.</summary>
    public int ReadLength => (int)Math.Clamp(Speed / 4, MinRead, MaxRead);

    /// <summary>A request that was sent brought no answer within the limit: a near server may be slow all the same, and the next one may take twice as long.</summary>
    public void TakeSilence() => _silences = Math.Min(_silences + 1, 10);

    public void TakeLatency(TimeSpan latency)
    {
        _silences = 0;
        Latency = Latency == TimeSpan.Zero ? latency : (Latency + latency) / 2;
    }

    /// <summary>A request brought so many bytes in the time after its first one; newer ones weigh more.</summary>
    public void TakeSpeed(long bytes, TimeSpan elapsed)
    {
        var speed = bytes / Math.Max(elapsed.TotalSeconds, 0.001);
        Speed = Speed == 0 ? speed : (0.5 * Speed) + (0.5 * speed);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
