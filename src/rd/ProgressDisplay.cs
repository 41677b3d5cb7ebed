using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>Shows the progress of one download: on a terminal every report updates a live line, otherwise one report per interval is printed. Thread-safe.</summary>
internal sealed class ProgressDisplay(string name, TimeSpan interval, StandardError error, TimeProvider time) : IProgress<DownloadProgress>
{
    private readonly Lock _lock = new();
    private readonly SpeedMeter _speed = new(time);
    private long _shown = time.GetTimestamp();

    public void Report(DownloadProgress value)
    {
        lock (_lock)
        {
            var speed = _speed.Measure(value.BytesFetched);
            if (error.IsTerminal)
            {
                error.ShowLive(ProgressText.Of(name, value, speed, StandardError.Columns - 1));
            }
            else if (time.GetElapsedTime(_shown) >= interval)
            {
                _shown = time.GetTimestamp();
                error.WriteLine(ProgressText.Of(name, value, speed, int.MaxValue));
            }
        }
    }
}
