using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>Shows where the download of a folder stands: on a terminal in the live line, otherwise in one line per interval. Thread-safe.</summary>
internal sealed class FolderProgressDisplay(string name, TimeSpan interval, StandardError error, TimeProvider time) : IProgress<TreeProgress>
{
    private readonly Lock _lock = new();
    private readonly SpeedMeter _speed = new(time);
    private long _shown = time.GetTimestamp();

    public void Report(TreeProgress value)
    {
        lock (_lock)
        {
            var speed = _speed.Measure(value.BytesFetched);
            if (error.IsTerminal)
            {
                error.ShowLive(ProgressText.Shortened(FolderSummary.Of(name, value, speed), StandardError.Columns - 1));
            }
            else if (time.GetElapsedTime(_shown) >= interval)
            {
                _shown = time.GetTimestamp();
                error.WriteLine(FolderSummary.Of(name, value, speed));
            }
        }
    }
}
