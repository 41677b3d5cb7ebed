namespace ReliableDownload.Client.Network;

/// <summary>One place that has the file. Safe for threads.</summary>
/// <param name="index">Which of the download's mirrors it is.</param>
internal sealed class Mirror(int index, Uri url, Requests requests, DownloadOptions options, TimeProvider clock)
{
    public int Index => index;

    public FilePlace Place { get; } = new(url, requests);

    public ServerAddress Address { get; } = new(options, clock);

    /// <summary>Its host and port, for messages.</summary>
    public string Name => url.Authority;
}
