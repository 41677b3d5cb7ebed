using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>A file that the user wants.</summary>
/// <param name="Location">Absolute, http or https, with user name and password if given.</param>
/// <param name="Target">The path of the file to make; <see cref="StandardOutput"/> for no file.</param>
internal sealed record RequestedFile(Uri Location, string Target)
{
    /// <summary>What the user writes for standard output instead of a path.</summary>
    public const string StandardOutput = "-";

    /// <summary>Whether the bytes go to standard output.</summary>
    public bool IsForOutput => Target == StandardOutput;

    /// <summary>Whether it is a folder, and all that is below it is wanted.</summary>
    public bool IsFolder { get; init; }

    /// <summary>Whether the server's name for it goes before that in <see cref="Target"/>, which is empty where the URL has none.</summary>
    public bool IsNamedByServer { get; init; }

    /// <summary>The folder for a file that the server names.</summary>
    public string Folder { get; init; } = ".";

    /// <summary>What the whole file must be, if the user knows.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>Whether it is not the file, but a Metalink that says which files are wanted.</summary>
    public bool IsMetalink { get; init; }

    /// <summary>Whether the user chose the target, so that the names in a Metalink do not count.</summary>
    public bool IsTargetChosen { get; init; }

    /// <summary>What a Metalink says of the file; null if there is none.</summary>
    public MetalinkFile? Description { get; init; }

    /// <summary>Where that Metalink is: what lets the user in is for its server alone. Null if the user named the file itself.</summary>
    public Uri? Origin { get; init; }

    /// <summary>Why it cannot be downloaded; null if it can.</summary>
    public DownloadResult? Failure { get; init; }

    /// <summary>For messages.</summary>
    public string Name => IsForOutput ? "standard output" : Target.Length > 0 ? Path.GetFileName(Target) : Location.Host;
}
