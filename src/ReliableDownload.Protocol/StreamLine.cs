namespace ReliableDownload.Protocol;

/// <summary>One line of the stream form, as read: exactly one of the nested types.</summary>
public abstract record StreamLine
{
    private StreamLine()
    {
    }

    /// <summary>The first line: which file, which version, which blocks. The classic form has no version.</summary>
    public sealed record File(string Path, BlockLayout Layout, DigestAlgorithm Algorithm, FileVersion? Version, DateTimeOffset Modified) : StreamLine;

    /// <summary>The digests of consecutive blocks from <paramref name="First"/> on, concatenated.</summary>
    public sealed record Blocks(int First, byte[] Digests) : StreamLine;

    /// <summary>Nothing new yet; the server knows the digests of <paramref name="Hashed"/> blocks.</summary>
    public sealed record Wait(long Hashed) : StreamLine;

    /// <summary>All digests have been sent; <paramref name="Root"/> is the SHA-256 over them.</summary>
    public sealed record End(byte[] Root) : StreamLine;

    /// <summary>The first line of a folder's list, which came instead: the path is no file's.</summary>
    public sealed record Tree : StreamLine;

    /// <summary>The file changed while it was read; this version is no longer valid.</summary>
    public sealed record Changed : StreamLine;

    /// <summary>The server gave up, with a sentence for the user.</summary>
    public sealed record Error(string Message) : StreamLine;
}
