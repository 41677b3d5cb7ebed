using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>What the command line asks for, checked.</summary>
internal sealed record RdOptions
{
    /// <summary>The most files that are downloaded at the same time.</summary>
    public const int MaxJobs = 16;

    public DownloadOptions Download { get; init; } = new();

    /// <summary>Where finished files go.</summary>
    public string OutputDirectory { get; init; } = ".";

    /// <summary>The path of the only file, below <see cref="OutputDirectory"/> unless it is absolute; null for the URL's name.</summary>
    public string? Output { get; init; }

    /// <summary>Whether files get the names that their servers suggest, where the user chose none.</summary>
    public bool TakesServerNames { get; init; }

    /// <summary>The path of a list of URLs; null for none.</summary>
    public string? InputFile { get; init; }

    /// <summary>What the only file must be as a whole.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>How folders are downloaded; null where the URLs are those of files.</summary>
    public TreeOptions? Tree { get; init; }

    /// <summary>How many files are downloaded at the same time.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>The time between two progress lines if standard error is not a terminal.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether a file that nothing proves is a success.</summary>
    public bool AllowUnproven { get; init; }

    public bool IsQuiet { get; init; }

    public bool IsVerbose { get; init; }

    /// <summary>Whether standard output gets a report for programs.</summary>
    public bool IsJson { get; init; }

    /// <summary><c>auto</c>, <c>always</c> or <c>never</c>.</summary>
    public string Color { get; init; } = "auto";
}
