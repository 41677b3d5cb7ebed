using ReliableDownload.Client.Trees;

namespace ReliableDownload.Client;

/// <summary>How a folder is downloaded. The defaults are those of the command line.</summary>
public sealed record TreeOptions
{
    /// <summary>The most names that are deleted unless it is told a number.</summary>
    public const int DefaultMaxDelete = 1000;

    /// <summary>The most files and folders that a tree may have, so that a server cannot fill the disk with names: 100,000,000.</summary>
    public const long DefaultMaxEntries = 100_000_000;

    /// <summary>Patterns as in a .gitignore; only what one of them names is wanted, and what is below that. Empty for all.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns as in a .gitignore; what one of them names is not wanted, nor what is below it.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether what is on disk and not on the server is deleted, if the server's list was read to its end. What the patterns leave out is left alone.</summary>
    public bool Delete { get; init; }

    /// <summary>The most files and folders that are deleted; if there would be more, none is.</summary>
    public int MaxDelete { get; init; } = DefaultMaxDelete;

    /// <summary>Whether nothing is done, and what would be done is told.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether files on disk are compared by their bytes with the server's digests, not by size and time.</summary>
    public bool CompareContent { get; init; }

    /// <summary>
    /// The folder of an earlier copy of the tree: a file that has the same size and time there, and is proven by the server's digests, is cloned or hard-linked from there. Null for none.
    /// </summary>
    public string? LinkFrom { get; init; }

    /// <summary>
    /// Whether the server is no rd-api, and its files are found by the links of its HTML listings; each is then downloaded and proven as a single file is, or not proven.
    /// </summary>
    public bool Plain { get; init; }

    /// <summary>The most files and folders that are taken from a server.</summary>
    public long MaxEntries { get; init; } = DefaultMaxEntries;

    /// <exception cref="ArgumentException">A pattern is none, or a number is out of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxDelete);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxEntries);
        foreach (var pattern in Include.Concat(Exclude))
        {
            if (ProblemOf(pattern) is { } problem)
                throw new ArgumentException(problem);
        }
    }

    /// <summary>Why a text is no pattern; null where it is one.</summary>
    public static string? ProblemOf(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        try
        {
            _ = new NamePattern(pattern);
            return null;
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }
}
