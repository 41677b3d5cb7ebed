using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Files;

/// <summary>
/// What this host knows of a file's content without reading it. Size and modification time make the version that clients see;
/// inode and change time are known here alone, and tell apart a file that was rewritten with its old time.
/// </summary>
/// <param name="Size">In bytes.</param>
/// <param name="Modified">Modification time, in nanoseconds after 1970 (UTC).</param>
/// <param name="Inode">The file's number in its file system; 0 where there is none.</param>
/// <param name="Changed">Time of the last change of content or status (ctime), in nanoseconds after 1970 (UTC).</param>
internal readonly record struct FileIdentity(long Size, long Modified, ulong Inode, long Changed)
{
    public FileVersion Version => FileVersion.Of(Size, Modified);
}
