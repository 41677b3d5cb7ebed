using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Transfers;

/// <summary>How the bytes of one version come into a sink: in blocks over several connections, or in one pass. Used once.</summary>
internal interface IFileTransfer
{
    /// <summary>Bytes that are where they belong and need not be fetched again; any thread may look.</summary>
    long BytesDone { get; }

    /// <summary>The blocks with their digests; null where there are none.</summary>
    BlockMap? Map { get; }

    /// <summary>Fetches all.</summary>
    /// <returns>The file's size in bytes; null when the file changed on the server.</returns>
    /// <exception cref="DownloadFailedException">It failed in an expected way.</exception>
    Task<long?> RunAsync(CancellationTokenSource stop);
}
