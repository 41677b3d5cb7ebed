using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>What a walk found.</summary>
/// <param name="Level">The folder that it is in.</param>
/// <param name="Index">The place of its name there.</param>
/// <param name="Found">Of what is <see cref="TreeEntryKind.Skipped"/> only whether it is a folder.</param>
/// <param name="Reason">Why it is <see cref="TreeEntryKind.Skipped"/>.</param>
internal readonly record struct TreeEntry(TreeEntryKind Kind, TreeLevel Level, int Index, FolderEntry Found = default, string Reason = "")
{
    public ReadOnlySpan<byte> Name => Level.Names[Index];
}

/// <summary>The kinds of what a walk finds.</summary>
internal enum TreeEntryKind
{
    File,

    /// <summary>Told before what is in it.</summary>
    Folder,

    /// <summary>A folder whose content is not told, or a name of which nothing can be told.</summary>
    Skipped,
}
