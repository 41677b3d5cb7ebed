namespace ReliableDownload.Client.Trees;

/// <summary>What is on disk under a name of a tree; links are not followed.</summary>
/// <param name="Size">In bytes.</param>
/// <param name="Modified">Nanoseconds after 1970 (UTC).</param>
/// <param name="Mode">The bits of access.</param>
/// <param name="Inode">Which file of its file system it is.</param>
/// <param name="Owner">The number of the user whose it is.</param>
internal readonly record struct TreeEntry(TreeEntryKind Kind, long Size = 0, long Modified = 0, int Mode = 0, uint Owner = 0, ulong Inode = 0)
{
    /// <summary>The number of its file system.</summary>
    public ulong Device { get; init; }

    /// <summary>How many names it has.</summary>
    public uint Links { get; init; }

    /// <summary>Why nothing can be there; null where that is not so.</summary>
    public string? Obstacle { get; init; }
}

/// <summary>The kinds of <see cref="TreeEntry"/>.</summary>
internal enum TreeEntryKind
{
    /// <summary>Nothing is there.</summary>
    Missing,
    File,
    Folder,
    Link,

    /// <summary>A device, a pipe or a socket.</summary>
    Other,

    /// <summary>A folder that it would be in is none, or a link.</summary>
    Blocked,
}
