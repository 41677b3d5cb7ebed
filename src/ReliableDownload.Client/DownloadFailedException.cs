namespace ReliableDownload.Client;

/// <summary>Ends a download with an outcome; caught in one place, where it becomes the result.</summary>
internal sealed class DownloadFailedException(DownloadOutcome outcome, string message) : Exception(message)
{
    public DownloadOutcome Outcome { get; } = outcome;

    /// <summary>Whether other digests could not change it.</summary>
    public bool IsFinal { get; init; }
}
