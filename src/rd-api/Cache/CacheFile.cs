using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// Recognises a digest cache by the first bytes of a file. SQLite is not asked, because merely opening another program's database with it
/// may change the file: it rolls back unfinished transactions and merges the write-ahead log. The layout of both files is that of
/// https://www.sqlite.org/fileformat2.html.
/// </summary>
internal static class CacheFile
{
    /// <summary>SQLite's <c>application_id</c> of a digest cache: "RDdb".</summary>
    public const int ApplicationId = 0x52446462;

    private const int HeaderSize = 100;
    private const int UserVersionOffset = 60;
    private const int ApplicationIdOffset = 68;
    private const int PageTypeOffset = 100;
    private const int TableCountOffset = 103;
    private const byte LeafPage = 13;
    private const int LogHeaderSize = 32;
    private const int FrameHeaderSize = 24;

    // The first transaction creates the tables, which takes a dozen pages.
    private const int MaxFrames = 64;

    /// <summary>
    /// Why <paramref name="file"/> must be left alone; null if it is a digest cache, is empty or does not exist. Must not be called while
    /// this process has the file open with SQLite: closing a file releases all of the process's locks on it (fcntl(2)).
    /// </summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string? Refusal(string file)
    {
        if (Directory.Exists(file))
            return "is a folder";
        if (!File.Exists(file))
            return null;
        // A plain open of a FIFO would wait for its other end.
        using var handle = PortableCalls.OpenRegular(file);
        if (handle is null)
            return File.Exists(file) ? "is not a file that can be read" : null;
        Span<byte> start = stackalloc byte[PageTypeOffset + 8];
        var length = RandomAccess.Read(handle, start, 0);
        if (length == 0)
            return HasContent(file + "-wal") || HasContent(file + "-journal") ? "is another program's database" : null;
        if (length < HeaderSize || !start.StartsWith("SQLite format 3\0"u8))
            return "is not a digest cache";
        var application = Number(start, ApplicationIdOffset);
        // The newest pages may exist only in the log.
        if (application == 0 && ApplicationOfLog(file + "-wal") is { } written)
            application = written;
        else if (application == 0 && IsWithoutTables(start[..length]))
            return null;
        return application == ApplicationId ? null : "is another program's database";
    }

    private static bool IsWithoutTables(ReadOnlySpan<byte> start) =>
        Number(start, UserVersionOffset) == 0
        && start.Length == PageTypeOffset + 8
        && start[PageTypeOffset] == LeafPage
        && BinaryPrimitives.ReadUInt16BigEndian(start[TableCountOffset..]) == 0;

    /// <summary>The application ID in the log's copy of the first page; null if that page is not near the start of the log.</summary>
    private static int? ApplicationOfLog(string log)
    {
        if (!File.Exists(log))
            return null;
        using var handle = PortableCalls.OpenRegular(log);
        Span<byte> header = stackalloc byte[LogHeaderSize];
        if (handle is null || RandomAccess.Read(handle, header, 0) < LogHeaderSize)
            return null;
        var frameSize = FrameHeaderSize + (long)Number(header, 8);
        int? application = null;
        for (var frame = 0; frame < MaxFrames && ApplicationOfFrame(handle, LogHeaderSize + (frame * frameSize)) is { } found; frame++)
            application = found.IsFirstPage ? found.Application : application;
        return application;
    }

    private static (bool IsFirstPage, int Application)? ApplicationOfFrame(SafeFileHandle log, long offset)
    {
        Span<byte> frame = stackalloc byte[FrameHeaderSize + HeaderSize];
        if (RandomAccess.Read(log, frame, offset) < frame.Length)
            return null;
        return (Number(frame, 0) == 1, Number(frame, FrameHeaderSize + ApplicationIdOffset));
    }

    private static int Number(ReadOnlySpan<byte> data, int offset) => BinaryPrimitives.ReadInt32BigEndian(data[offset..]);

    private static bool HasContent(string file) => new FileInfo(file) is { Exists: true, Length: > 0 };
}
