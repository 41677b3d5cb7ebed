using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>Who is told of the downloads: a person at standard error, or a program at standard output. Thread-safe.</summary>
internal interface IReport
{
    /// <summary>A download begins; the result is told where it stands.</summary>
    IProgress<DownloadProgress> Begin(RequestedFile file);

    /// <summary>Something happened in a download.</summary>
    void Tell(RequestedFile file, DownloadEvent happening);

    /// <summary>A download has ended.</summary>
    void End(RequestedFile file, DownloadResult result);

    /// <summary>The download of a folder begins; the result is told where it stands.</summary>
    IProgress<TreeProgress> BeginFolder(RequestedFile folder);

    /// <summary>The download of a folder has ended.</summary>
    void EndFolder(RequestedFile folder, TreeResult result);

    /// <summary>All have ended that were begun, of <paramref name="asked"/>.</summary>
    void Finish(IReadOnlyCollection<DownloadResult> results, int asked);
}
