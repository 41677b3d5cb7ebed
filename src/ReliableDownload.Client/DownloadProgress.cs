namespace ReliableDownload.Client;

/// <summary>Where a download stands; reported several times a second.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="Size">The file's size in bytes; -1 while it is not known.</param>
/// <param name="BytesProven">Bytes that are on disk, and proven where the server tells digests.</param>
/// <param name="BytesKept">Those of them that were there before.</param>
/// <param name="BytesFetched">Bytes that came over the network so far.</param>
/// <param name="Connections">Connections that are receiving now.</param>
/// <param name="Retries">Failed attempts so far.</param>
public readonly record struct DownloadProgress(
    DownloadPhase Phase, long Size, long BytesProven, long BytesKept, long BytesFetched, int Connections, int Retries)
{
    /// <summary>What the newest failed attempt said; null when bytes came since. The download goes on by itself.</summary>
    public string? Trouble { get; init; }

    /// <summary>How long nothing has come.</summary>
    public TimeSpan Silence { get; init; }

    /// <summary>Whether a write into the output stream is going on, so that where nothing comes its reader takes nothing.</summary>
    public bool IsWriting { get; init; }

    /// <summary>The first block whose digest is missing while the server tells no new ones; null while it does. What has its digest is fetched meanwhile.</summary>
    public int? PendingBlock { get; init; }
}

/// <summary>What a download is doing.</summary>
public enum DownloadPhase
{
    /// <summary>Asking the server what the file is.</summary>
    Asking,

    /// <summary>Fetching blocks, and proving what was on disk.</summary>
    Fetching,

    /// <summary>Flushing to disk, copying where temporary and target folder are on different file systems, renaming.</summary>
    Finishing,
}
