using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>What the command line asks for, checked.</summary>
internal sealed record RdOptions
{
    public required IReadOnlyList<FileUrl> Urls { get; init; }

    public required DownloadOptions Download { get; init; }

    /// <summary>Where finished files go.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>The time between two progress lines if standard error is not a terminal.</summary>
    public required TimeSpan ProgressInterval { get; init; }

    /// <summary>Whether a file that nothing proves is a success.</summary>
    public required bool AllowUnproven { get; init; }

    public required bool Verbose { get; init; }
}
