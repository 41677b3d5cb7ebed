namespace ReliableDownload.Client;

/// <summary>Downloads files from an rd-api and proves every byte. Holds no state between downloads; safe for threads.</summary>
public sealed class Downloader(DownloadOptions options)
{
    /// <summary>Downloads <paramref name="url"/> to the file <paramref name="target"/>. Expected failures are outcomes, never exceptions.</summary>
    /// <param name="url">An absolute http or https URL of a file; a user name and password in it are sent as basic authentication.</param>
    /// <param name="target">The path of the file to make.</param>
    /// <param name="progress">Told where the download stands, from a thread of its own.</param>
    /// <param name="cancellationToken">Ends the download with <see cref="DownloadOutcome.Canceled"/>; what was fetched is kept.</param>
    public Task<DownloadResult> DownloadAsync(
        Uri url, string target, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        _ = options;
        throw new NotSupportedException();
    }
}
