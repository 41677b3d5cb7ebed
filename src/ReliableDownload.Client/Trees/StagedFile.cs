namespace ReliableDownload.Client.Trees;

/// <summary>A whole, proven file in the hidden folder.</summary>
/// <param name="Name">There.</param>
/// <param name="File">Whose it is.</param>
/// <param name="Size">In bytes.</param>
internal readonly record struct StagedFile(string Name, TreeFile File, long Size)
{
    /// <summary>How much memory it takes where it waits, in bytes.</summary>
    public int HeldBytes => File.HeldBytes + 50 + (2 * Name.Length);

    /// <summary>Whether it survives a power cut already.</summary>
    public bool IsFlushed { get; init; }
}
