namespace ReliableDownload.Tests.PowerCuts;

/// <summary>One thing that a program did to a disk. Files are numbered, because names move.</summary>
internal abstract record DiskCall
{
    /// <summary>A name for a new file.</summary>
    public sealed record Create(string Path, int File) : DiskCall;

    public sealed record Write(int File, long Offset, byte[] Data) : DiskCall;

    public sealed record SetLength(int File, long Length) : DiskCall;

    /// <param name="File">What <paramref name="From"/> named; the name <paramref name="To"/> may have been another's.</param>
    public sealed record Rename(string From, string To, int File) : DiskCall;

    public sealed record Unlink(string Path) : DiskCall;

    public sealed record MakeFolder(string Path) : DiskCall;

    public sealed record RemoveFolder(string Path) : DiskCall;

    /// <summary>All that was done to a file before the call with number <paramref name="Covers"/> is on the disk.</summary>
    public sealed record FlushFile(int File, int Covers) : DiskCall;

    /// <summary>Likewise for the names in a folder.</summary>
    public sealed record FlushFolder(string Path, int Covers) : DiskCall;
}
