using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>A file that the user wants.</summary>
/// <param name="Location">Absolute, http or https, with user name and password if given.</param>
/// <param name="Target">The path of the file to make.</param>
internal sealed record RequestedFile(Uri Location, string Target)
{
    /// <summary>What the whole file must be, if the user knows.</summary>
    public Checksum? Checksum { get; init; }

    /// <summary>For messages.</summary>
    public string Name => Path.GetFileName(Target);
}
