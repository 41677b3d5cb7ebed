namespace ReliableDownload.Client;

/// <summary>What came of comparing a file on disk with what proves it.</summary>
public sealed record VerifyResult
{
    /// <summary>
    /// <see cref="DownloadOutcome.AlreadyComplete"/> if it is proven, <see cref="DownloadOutcome.NotProven"/> if it is another one, <see cref="DownloadOutcome.Unproven"/> if nothing
    /// is known that could prove it; else why it could not be compared.
    /// </summary>
    public required DownloadOutcome Outcome { get; init; }

    /// <summary>A sentence for a person: what is wrong. Empty when it is proven.</summary>
    public string Message { get; init; } = "";

    /// <summary>The ranges that differ, in bytes, whole blocks each; empty where only the whole could be compared.</summary>
    public IReadOnlyList<(long Offset, long Length)> Differences { get; init; } = [];

    /// <summary>What proved it, such as "SHA-256 of SHA256SUMS"; null where nothing did.</summary>
    public string? Proof { get; init; }

    /// <summary>Where the file can be had, and what a Metalink says of it, for a repair; null where nobody said.</summary>
    public MetalinkFile? Description { get; init; }

    /// <summary>Where the file can be had; null where nobody said.</summary>
    public Uri? Location { get; init; }
}
