using Microsoft.Win32.SafeHandles;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Files;

/// <summary>
/// What this host knows about a file's content without reading it. Size and modification time make up the version that clients see, unless <see cref="FileVersions"/> knows a better one;
/// inode and change time are known only here, and reveal a file that was rewritten with its old time.
/// </summary>
/// <param name="Size">In bytes.</param>
/// <param name="Modified">Modification time, in nanoseconds after 1970 (UTC).</param>
/// <param name="Inode">The file's number in its file system; 0 if there is none.</param>
/// <param name="Changed">Time of the last change of content or status (ctime), in nanoseconds after 1970 (UTC).</param>
/// <param name="Device">
/// The file system of the inode (st_dev). It may change with a restart or a mount, so it is valid only within this process.
/// </param>
internal readonly record struct FileIdentity(long Size, long Modified, ulong Inode, long Changed, ulong Device = 0)
{
    // The coarsest clock of a file system is FAT's, which ticks every 2 s.
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(2);

    /// <summary>What an opened file is now; its path may lead to another one by now.</summary>
    // The framework knows times in units of 100 ns, and no change times.
    public static FileIdentity Of(SafeFileHandle file) =>
        OperatingSystem.IsLinux() && Environment.Is64BitProcess && LinuxCalls.Status(file, []) is { } status
            ? status.Identity
            : new FileIdentity(RandomAccess.GetLength(file), Nanoseconds(File.GetLastWriteTimeUtc(file)), Inode: 0, Changed: 0);

    /// <summary>A time in nanoseconds after 1970.</summary>
    public static long Nanoseconds(DateTime time) => (time - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>The modification time, at the framework's precision.</summary>
    public DateTimeOffset ModifiedAt => DateTimeOffset.UnixEpoch.AddTicks(Modified / TimeSpan.NanosecondsPerTick);

    /// <summary>Whether it is the same file under another name; only known if the system numbers its files.</summary>
    public bool IsOfAnyName => Inode != 0;

    public FileVersion Version => FileVersion.Of(Size, Modified);

    /// <summary>
    /// Whether the content changed so recently that the next change may leave the time the same. A time in the future, from a clock that was
    /// set back, does not count: the next change will show another.
    /// </summary>
    public bool IsYoung(DateTimeOffset now) => (now - ModifiedAt).Duration() < Tick;

    /// <summary>The modification time for clients: for a young file an earlier one, so that only a client that saw the file settled knows the true time.</summary>
    public DateTimeOffset ShownModified(DateTimeOffset now) => ModifiedAt < now - Tick ? ModifiedAt : now - Tick;
}
