using ReliableDownload.Client.Proof;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client;

/// <summary>One download, into a file or a stream: what <see cref="Downloader"/> runs, and tells of. Used once; any thread may look.</summary>
internal interface IDownload
{
    /// <summary>The full path of the file; empty where there is none, or it is not chosen yet.</summary>
    string Target { get; }

    DownloadPhase Phase { get; }

    /// <summary>The file's size in bytes; -1 while it is not known.</summary>
    long Size { get; }

    /// <summary>Bytes that are where they belong, and proven where there are digests.</summary>
    long BytesDone { get; }

    /// <summary>Whether a write into a stream is going on.</summary>
    bool IsWriting => false;

    /// <summary>The algorithm of the digests that prove the blocks; null where there are none.</summary>
    DigestAlgorithm? Proof { get; }

    /// <summary>Who else than the file's own server told those digests; null where nobody did.</summary>
    string? ToldBy { get; }

    /// <summary>The digest of the whole file, where it was calculated.</summary>
    Checksum? Checksum { get; }

    /// <summary>What the digest of the whole file has to be, and who says so; null where nobody does, or it is not yet known.</summary>
    WholeDigest? Whole { get; }

    /// <summary>Whether the target was there already.</summary>
    bool WasThere { get; }

    /// <exception cref="DownloadFailedException">It failed in an expected way.</exception>
    Task<DownloadOutcome> RunAsync(CancellationToken cancellationToken);
}
