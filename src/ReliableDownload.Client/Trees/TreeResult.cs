namespace ReliableDownload.Client;

/// <summary>What became of a folder.</summary>
public sealed record TreeResult
{
    /// <summary>The most failures that are kept with their reasons.</summary>
    public const int MaxReasons = 20;

    /// <summary><see cref="DownloadOutcome.Complete"/>, or how the first file failed, or why all of it ended; <see cref="DownloadOutcome.Unproven"/> where nothing failed, but not all is proven.</summary>
    public required DownloadOutcome Outcome { get; init; }

    /// <summary>One or two sentences for a person: why all of it ended. Empty where only single files failed, or nothing did.</summary>
    public string Message { get; init; } = "";

    /// <summary>The full path of the folder.</summary>
    public required string Target { get; init; }

    /// <summary>Files of the tree.</summary>
    public long Files { get; init; }

    /// <summary>The size of all files of the tree, in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Files that were fetched and proven, and were not there before.</summary>
    public long Fetched { get; init; }

    /// <summary>Files that were fetched and proven, and took the place of others.</summary>
    public long Replaced { get; init; }

    /// <summary>Files that were there already.</summary>
    public long Kept { get; init; }

    /// <summary>Files that were taken from an earlier copy, and proven.</summary>
    public long Linked { get; init; }

    /// <summary>Files that are complete, but that nothing proves: the server is no rd-api, and no digests were found beside them.</summary>
    public long Unproven { get; init; }

    /// <summary>Whether it was found by the links of listings, so that each file has the proof that was found for it.</summary>
    public bool IsPlain { get; init; }

    /// <summary>Whether nothing was done, so that the counts are of what would have been.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Names that were deleted.</summary>
    public long Deleted { get; init; }

    /// <summary>Files and folders that could not be had, or were refused.</summary>
    public long Failed { get; init; }

    /// <summary>The first <see cref="MaxReasons"/> of them: the name, and why.</summary>
    public IReadOnlyList<(string Path, string Reason)> Reasons { get; init; } = [];

    /// <summary>Bytes of files that came over the network, wrong and repeated ones included.</summary>
    public long BytesFetched { get; init; }

    /// <summary>Attempts that failed and were repeated.</summary>
    public int Retries { get; init; }

    /// <summary>From the call to the end.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Whether all of it is there as on the server.</summary>
    public bool IsSuccess => Outcome == DownloadOutcome.Complete;
}
