using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;

namespace ReliableDownload.Client.Transfers;

/// <summary>How the bytes of one version come to disk: in blocks over several connections, or in one pass. Used once.</summary>
internal interface IFileTransfer
{
    /// <summary>Bytes that are on disk and need not be fetched again; any thread may look.</summary>
    long BytesDone { get; }

    /// <summary>The blocks with their digests; null where there are none.</summary>
    BlockMap? Map { get; }

    /// <summary>Fetches all.</summary>
    /// <param name="hash">Is given the whole file in order, as far as that costs nothing; null where nobody wants it.</param>
    /// <returns>The file's size in bytes; null when the file changed on the server.</returns>
    /// <exception cref="DownloadFailedException">It failed in an expected way.</exception>
    Task<long?> RunAsync(PartFile part, Journal journal, WholeFileHash? hash, CancellationTokenSource stop);
}
