namespace ReliableDownload.Client;

/// <summary>How a folder is downloaded. The defaults are those of the command line.</summary>
public sealed record TreeOptions
{
    /// <summary>The most names that are deleted unless it is told a number.</summary>
    public const int DefaultMaxDelete = 1000;

    /// <summary>The most files and folders that a tree may have, so that a server cannot fill the disk with names: 100,000,000.</summary>
    public const long DefaultMaxEntries = 100_000_000;

    /// <summary>The most files and folders that are taken from a server.</summary>
    public long MaxEntries { get; init; } = DefaultMaxEntries;
}
