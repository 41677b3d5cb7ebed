namespace ReliableDownload.Rd.Reports;

/// <summary>Measures speed over the last few seconds, so that the displayed figure neither jumps nor is affected by an outage long past. Not thread-safe.</summary>
internal sealed class SpeedMeter(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long Timestamp, long Bytes)> _samples = new();

    /// <summary>Records that <paramref name="bytes"/> have been received since the beginning, and returns the speed in bytes per second.</summary>
    public double Measure(long bytes)
    {
        var now = time.GetTimestamp();
        _samples.Enqueue((now, bytes));
        while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().Timestamp, now) > Window)
            _samples.Dequeue();
        var first = _samples.Peek();
        var seconds = time.GetElapsedTime(first.Timestamp, now).TotalSeconds;
        return seconds > 0 ? (bytes - first.Bytes) / seconds : 0;
    }
}
