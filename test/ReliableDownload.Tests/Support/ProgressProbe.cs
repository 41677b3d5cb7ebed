using ReliableDownload.Client;

namespace ReliableDownload.Tests.Support;

/// <summary>Looks at each report of a download, on the thread that makes it.</summary>
internal sealed class ProgressProbe(Action<DownloadProgress> look) : IProgress<DownloadProgress>
{
    public void Report(DownloadProgress value) => look(value);
}
