namespace ReliableDownload.Client.Trees;

/// <summary>A file of the tree that has to be fetched.</summary>
/// <param name="Path">Where it is, in the tree and on disk.</param>
/// <param name="Facts">What the tree says of it.</param>
/// <param name="Replaces">Whether something is on disk under its name.</param>
internal sealed record TreeFile(TreePath Path, FileFacts Facts, bool Replaces)
{
    /// <summary>How much memory it takes where it waits, in bytes: a path can be long.</summary>
    public int HeldBytes => 300 + Path.HeldBytes + (2 * VersionLength);

    /// <summary>The length of its version, in characters.</summary>
    public int VersionLength => Facts.Version?.Text.Length ?? 0;

    /// <summary>Whether its bytes are those of an earlier copy.</summary>
    public bool IsLinked { get; set; }

    /// <summary>How often its bytes arrived with another digest, or the server could not read it.</summary>
    public int Failures { get; set; }

    /// <summary>How often an answer was cut within its bytes.</summary>
    public int Cuts { get; set; }
}
