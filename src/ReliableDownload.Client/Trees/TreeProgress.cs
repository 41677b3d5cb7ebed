namespace ReliableDownload.Client;

/// <summary>Where the download of a folder stands; reported several times a second.</summary>
/// <param name="Files">Files that the server told of so far.</param>
/// <param name="Bytes">Their size in bytes.</param>
/// <param name="IsListed">Whether these are all.</param>
/// <param name="FilesDone">Those of them that are on disk, proven or kept, or failed.</param>
/// <param name="BytesDone">Their size in bytes.</param>
/// <param name="BytesFetched">Bytes that came over the network so far.</param>
/// <param name="Failed">Files and folders that failed so far.</param>
/// <param name="Retries">Failed attempts so far.</param>
public readonly record struct TreeProgress(long Files, long Bytes, bool IsListed, long FilesDone, long BytesDone, long BytesFetched, long Failed, int Retries)
{
    /// <summary>What the newest failed attempt said; null when bytes came since. The download goes on by itself.</summary>
    public string? Trouble { get; init; }

    /// <summary>How long nothing has come.</summary>
    public TimeSpan Silence { get; init; }

    /// <summary>The file that has taken longest of those that are being fetched now; null where none takes long.</summary>
    public string? Slowest { get; init; }
}
