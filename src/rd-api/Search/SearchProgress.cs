namespace ReliableDownload.Api.Search;

/// <summary>How far one search is. For one thread at a time.</summary>
internal sealed class SearchProgress
{
    public int Hits { get; set; }

    /// <summary>Folders that could not be read, or lie too deep.</summary>
    public int Skipped { get; set; }

    /// <summary>Why it ended before everything was looked at, as a sentence; null if it did not.</summary>
    public string? Stopped { get; set; }
}
