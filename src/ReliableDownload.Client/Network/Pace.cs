namespace ReliableDownload.Client.Network;

/// <summary>What one connection did so far, and what may be expected of it: how long its next request should be, and how long it may be silent.</summary>
internal sealed class Pace(DownloadOptions options)
{
    // A request should last so long that the wait for its first byte does not count.
    private const double TargetSeconds = 1.5;
    private const int TargetLatencies = 10;
    private const long MinBytes = 64 << 10;
    private const long MaxBytes = 64 << 20;
    private const long FirstBytes = 4 << 20;

    // At least 3 s: shorter silences are common on lossy lines, while TCP sends again.
    private static readonly TimeSpan MinStall = TimeSpan.FromSeconds(3);
    private const int StallFactor = 4;

    private TimeSpan _longestGap;

    /// <summary>From the sending of a request to its first byte; zero while not known.</summary>
    public TimeSpan Latency { get; private set; }

    /// <summary>Bytes a second while bytes come; zero while not known.</summary>
    public double Speed { get; private set; }

    /// <summary>How long this connection may be silent before its work is given to a fresh one.</summary>
    public TimeSpan StallLimit => _longestGap == TimeSpan.Zero
        ? options.StallLimit
        : Min(options.StallLimit, Max(MinStall, StallFactor * _longestGap));

    /// <summary>How long a request should be, in bytes.</summary>
    /// <param name="left">Bytes of the file that are to come.</param>
    /// <param name="connections">How many share them.</param>
    public long NextLength(long left, int connections)
    {
        var seconds = Math.Max(TargetSeconds, TargetLatencies * Latency.TotalSeconds);
        var wanted = Speed == 0 ? FirstBytes : (long)(Speed * seconds);
        return Math.Clamp(Math.Min(wanted, left / connections), MinBytes, MaxBytes);
    }

    /// <summary>Something came after so long a silence.</summary>
    public void TakeGap(TimeSpan gap) => _longestGap = Max(gap, _longestGap);

    public void TakeLatency(TimeSpan latency)
    {
        Latency = Latency == TimeSpan.Zero ? latency : (Latency + latency) / 2;
        TakeGap(latency);
    }

    /// <summary>A request brought so many bytes in the time after its first one; newer ones weigh more, and so fade long silences.</summary>
    public void TakeSpeed(long bytes, TimeSpan elapsed)
    {
        var speed = bytes / Math.Max(elapsed.TotalSeconds, 0.001);
        Speed = Speed == 0 ? speed : (0.5 * Speed) + (0.5 * speed);
        _longestGap = Max(_longestGap * 0.9, Latency);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
