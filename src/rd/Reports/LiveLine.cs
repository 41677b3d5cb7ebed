using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>The line of a terminal that says where the downloads stand: all of one, and of several how far each is. Thread-safe.</summary>
internal sealed class LiveLine(StandardError error)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DownloadProgress Progress, double Speed)> _latest = [];

    public bool IsPossible => error.IsTerminal;

    public void Show(string name, DownloadProgress progress, double bytesPerSecond)
    {
        lock (_lock)
        {
            _latest[name] = (progress, bytesPerSecond);
            var columns = StandardError.Columns - 1;
            error.ShowLive(_latest.Count == 1 ? ProgressText.Of(name, progress, bytesPerSecond, columns) : ProgressText.Of(_latest, columns));
        }
    }

    public void Remove(string name)
    {
        lock (_lock)
        {
            _latest.Remove(name);
            // The others write it again in a moment.
            error.ShowLive("");
        }
    }
}
