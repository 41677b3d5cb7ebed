using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>Shows the progress of one download: as the live line of a terminal, else as a line in each interval. Safe for threads.</summary>
internal sealed class ProgressDisplay(string name, TimeSpan interval, StandardError error, TimeProvider time) : IProgress<DownloadProgress>
{
    /// <summary>Five times a second: smooth to the eye, and nothing to the CPU.</summary>
    private static readonly TimeSpan LiveInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly SpeedMeter _speed = new(time);
    private readonly TimeSpan _interval = error.IsTerminal ? LiveInterval : interval;
    private long _shown = time.GetTimestamp();

    public void Report(DownloadProgress value)
    {
        lock (_lock)
        {
            var speed = _speed.Measure(value.BytesFetched);
            if (time.GetElapsedTime(_shown) < _interval)
                return;
            _shown = time.GetTimestamp();
            if (error.IsTerminal)
                error.ShowLive(ProgressText.Of(name, value, speed, StandardError.Columns - 1));
            else
                error.WriteLine(ProgressText.Of(name, value, speed, int.MaxValue));
        }
    }
}
