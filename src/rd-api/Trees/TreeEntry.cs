using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>What a walk found; valid until it goes on.</summary>
internal readonly ref struct TreeEntry
{
    public required TreeEntryKind Kind { get; init; }

    /// <summary>The folder that it is in.</summary>
    public required TreeLevel Level { get; init; }

    public required ReadOnlySpan<byte> Name { get; init; }

    /// <summary>Not for what is <see cref="TreeEntryKind.Skipped"/>.</summary>
    public FolderEntry Found { get; init; }

    /// <summary>Why it is <see cref="TreeEntryKind.Skipped"/>: a sentence.</summary>
    public string Reason { get; init; }
}

/// <summary>The kinds of what a walk finds.</summary>
internal enum TreeEntryKind
{
    File,

    /// <summary>Told before what is in it.</summary>
    Folder,

    /// <summary>A folder whose content is not told.</summary>
    Skipped,
}
