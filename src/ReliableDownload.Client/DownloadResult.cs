using ReliableDownload.Protocol;

namespace ReliableDownload.Client;

/// <summary>What became of one download.</summary>
public sealed record DownloadResult
{
    public required DownloadOutcome Outcome { get; init; }

    /// <summary>One or two sentences for a person: what happened, to which file, what to do. Empty when it went well.</summary>
    public string Message { get; init; } = "";

    /// <summary>The full path of the file; empty where it was written into a stream.</summary>
    public required string Target { get; init; }

    /// <summary>The file's size in bytes; -1 where it was never known.</summary>
    public long Size { get; init; } = -1;

    /// <summary>Bytes of the file that came over the network, wrong and repeated ones included.</summary>
    public long BytesFetched { get; init; }

    /// <summary>Bytes that were on disk already, and were proven there.</summary>
    public long BytesKept { get; init; }

    /// <summary>Attempts that failed and were repeated.</summary>
    public int Retries { get; init; }

    /// <summary>Blocks that arrived with wrong bytes, each time counted.</summary>
    public int WrongBlocks { get; init; }

    /// <summary>From the call to the end.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>What proved the blocks, if <see cref="HasDigests"/>.</summary>
    public DigestAlgorithm Algorithm { get; init; }

    /// <summary>Whether the server told digests of the blocks.</summary>
    public bool HasDigests { get; init; }

    /// <summary>Who else than the file's own server told the digests of the blocks, to be read after "of", such as "the Metalink"; null where nobody did.</summary>
    public string? DigestSource { get; init; }

    /// <summary>The digest of the whole file, where it was calculated: because it was known or, in a file, because there was no other proof.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>Who else than the user said what the digest of the whole file has to be, to be read after "of", such as "SHA256SUMS beside it"; null where nobody did.</summary>
    public string? ChecksumSource { get; init; }

    /// <summary>Whether the target was there already.</summary>
    public bool WasThere { get; init; }

    /// <summary>Whether the target is there, proven or not.</summary>
    public bool IsComplete => IsSuccess || Outcome == DownloadOutcome.Unproven;

    /// <summary>Whether the target is there and proven.</summary>
    public bool IsSuccess => Outcome is DownloadOutcome.Complete or DownloadOutcome.AlreadyComplete;
}
