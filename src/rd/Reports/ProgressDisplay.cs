using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>Shows the progress of one download: on a terminal every report updates the live line, otherwise one report per interval is printed. Thread-safe.</summary>
internal sealed class ProgressDisplay(string name, TimeSpan interval, LiveLine live, StandardError error, TimeProvider time) : IProgress<DownloadProgress>
{
    private readonly Lock _lock = new();
    private readonly SpeedMeter _speed = new(time);
    private long _shown = time.GetTimestamp();

    public void Report(DownloadProgress value)
    {
        lock (_lock)
        {
            var speed = _speed.Measure(value.BytesFetched);
            if (live.IsPossible)
            {
                live.Show(name, value, speed);
            }
            else if (time.GetElapsedTime(_shown) >= interval)
            {
                _shown = time.GetTimestamp();
                error.WriteLine(ProgressText.Of(name, value, speed, int.MaxValue));
            }
        }
    }
}
