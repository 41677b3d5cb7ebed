using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Trees;

/// <summary>One line of a tree, as read: exactly one of the nested types.</summary>
internal abstract record TreeLine
{
    private TreeLine()
    {
    }

    /// <summary>The first line.</summary>
    /// <param name="BlockSize">In bytes; what is larger is fetched by ranges.</param>
    public sealed record Head(int BlockSize) : TreeLine;

    /// <summary>A folder; it comes before what is in it.</summary>
    /// <param name="Modified">Nanoseconds after 1970 (UTC); null where it was not told.</param>
    /// <param name="Mode">The nine bits of access; null where they were not told.</param>
    public sealed record Folder(TreePath Path, long? Modified = null, int? Mode = null) : TreeLine;

    /// <summary>A file.</summary>
    public sealed record File(TreePath Path, FileFacts Facts) : TreeLine;

    /// <summary>A name that nothing may be made under, or that the server cannot read; <paramref name="Message"/> says why, to be read behind the name.</summary>
    public sealed record Refused(string Name, string Message, bool IsByServer) : TreeLine
    {
        /// <summary>Its path, if it can have one.</summary>
        public TreePath? Path { get; init; }
    }

    /// <summary>The server is there and looks for more; or a line of a later protocol.</summary>
    public sealed record Wait : TreeLine;

    /// <summary>All has been told: so many files and folders in this answer.</summary>
    public sealed record End(long Files, long Folders) : TreeLine;

    /// <summary>The server gave up, with a sentence for the user.</summary>
    /// <param name="RetryAfter">When to ask again, where it only has too much to do.</param>
    public sealed record Error(string Message, TimeSpan? RetryAfter) : TreeLine;
}

/// <summary>What is told of a file in a tree, or of the content that came of it.</summary>
/// <param name="Size">In bytes.</param>
/// <param name="Version">Null while the file is young.</param>
/// <param name="Modified">Nanoseconds after 1970 (UTC); null where it was not told.</param>
/// <param name="Mode">The nine bits of access; null where they were not told.</param>
/// <param name="Digest">SHA-256 of all its bytes, if it is known.</param>
internal sealed record FileFacts(long Size, FileVersion? Version, long? Modified, int? Mode, byte[]? Digest);
