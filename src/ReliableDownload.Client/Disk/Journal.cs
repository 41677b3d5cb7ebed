using System.Buffers;
using System.Globalization;
using System.Text;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Network;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Disk;

/// <summary>
/// Which bytes of a part file were proven and written: a text file, a line for each block as it is completed. It is advisory:
/// whatever it says is proven again from disk, and one that is torn, foreign or gone only means that more is looked at.
/// Safe for threads.
/// </summary>
/// <remarks>
/// Layout: <c>rd-journal 1</c>, <c>target &lt;percent-encoded path&gt;</c>, then lines of <c>&lt;offset&gt; &lt;length&gt;</c> in bytes. Where the server
/// tells no digests, <c>version &lt;validator&gt;</c> stands before the lines, and each ends with the XXH128 of the bytes as they came, in hex. A line that begins with
/// <c>!</c> takes back what earlier ones say of its bytes.
/// </remarks>
internal sealed class Journal : IDisposable
{
    private const string Magic = "rd-journal 1";
    private const string TargetKey = "target ";
    private const string VersionKey = "version ";
    private const char Forgotten = '!';

    // The longest path in percent-encoding: nobody has to read a foreign file of one huge line into memory.
    private const int MaxLineLength = 32 << 10;

    // Ranges are merged when so many came: a journal has a line for each block, in nearly their order.
    private const int MergeAfter = 1 << 14;

    private readonly Lock _lock = new();
    private readonly StreamWriter _lines;

    private Journal(StreamWriter lines) => _lines = lines;

    /// <summary>What a journal on disk says.</summary>
    /// <param name="Target">Null where it is no journal.</param>
    /// <param name="Ranges">Null where it cannot be believed as a whole.</param>
    /// <param name="Version">The version that the bytes are of; null where digests prove them.</param>
    /// <param name="Noted">The ranges with their digests.</param>
    public sealed record Content(string? Target, IReadOnlyList<ByteRange>? Ranges, Validator? Version, NotedRanges Noted)
    {
        internal static readonly Content None = new(null, null, null, NotedRanges.None);
    }

    /// <summary>Where a journal that is begun anew is written before it takes the old one's place.</summary>
    public static string FreshPath(string path) => path + ".new";

    /// <summary>Begins the journal anew with what is known; the old one is replaced at once or not at all.</summary>
    public static Journal Begin(string path, string target, Validator? version, IEnumerable<NotedRange> ranges)
    {
        var fresh = FreshPath(path);
        File.Delete(fresh);
        // A new file, never one that a link leads to.
        var lines = new StreamWriter(new FileStream(fresh, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete)) { AutoFlush = false, NewLine = "\n" };
        lines.WriteLine(Magic);
        lines.WriteLine(TargetKey + Uri.EscapeDataString(target));
        if (version is not null)
            lines.WriteLine(VersionKey + version);
        foreach (var range in ranges)
            WriteLine(lines, range);
        lines.Flush();
        File.Move(fresh, path, overwrite: true);
        lines.AutoFlush = true;
        return new Journal(lines);
    }

    public void Add(NotedRange range)
    {
        lock (_lock)
            WriteLine(_lines, range);
    }

    /// <summary>Takes back what was noted of these bytes: they are overwritten, and not at once.</summary>
    public void Forget(ByteRange range)
    {
        lock (_lock)
            _lines.Write($"{Forgotten}{range.Offset} {range.Length}\n");
    }

    /// <summary>Makes what it says survive a power cut: needed only where what it tells of is nowhere else.</summary>
    public void Flush()
    {
        lock (_lock)
            FileCalls.FlushFile(((FileStream)_lines.BaseStream).SafeFileHandle);
    }

    public void Dispose() => _lines.Dispose();

    public static Content Read(string path)
    {
        if (!FileStatus.IsRegularItself(path))
            return Content.None;
        using var lines = File.OpenText(path);
        if (ReadLine(lines) != Magic || ReadLine(lines) is not { } target || !target.StartsWith(TargetKey, StringComparison.Ordinal))
            return Content.None;
        var ranges = new List<ByteRange>();
        var noted = new List<NotedRange>();
        var mergeAt = MergeAfter;
        var whole = true;
        var next = ReadLine(lines);
        var version = next is not null && next.StartsWith(VersionKey, StringComparison.Ordinal) ? Validator.Parse(next[VersionKey.Length..]) : null;
        if (version is not null)
            next = ReadLine(lines);
        for (; whole && next is { } line; next = ReadLine(lines))
        {
            var isForgotten = line.StartsWith(Forgotten);
            whole = TryParse(isForgotten ? line[1..] : line, out var range);
            if (isForgotten)
            {
                ranges = ByteRange.Without(ByteRange.Merge(ranges), range.Range);
                noted.RemoveAll(one => one.Range.Offset < range.Range.End && one.Range.End > range.Range.Offset);
                continue;
            }

            ranges.Add(range.Range);
            if (version is not null && whole && noted.Count < BlockLayout.MaxBlockCount)
                noted.Add(range);
            if (ranges.Count < mergeAt)
                continue;
            ranges = ByteRange.Merge(ranges);
            mergeAt = (2 * ranges.Count) + MergeAfter;
        }

        return new Content(Uri.UnescapeDataString(target[TargetKey.Length..]), whole ? ByteRange.Merge(ranges) : null, version, new NotedRanges(noted));
    }

    // A line that is too long ends where it is; the rest is another line, and no range.
    private static string? ReadLine(StreamReader lines)
    {
        var line = new StringBuilder();
        int read;
        while (line.Length < MaxLineLength && (read = lines.Read()) is >= 0 and not '\n')
            line.Append((char)read);
        return line.Length == 0 && lines.EndOfStream ? null : line.ToString();
    }

    private static void WriteLine(StreamWriter lines, NotedRange range) =>
        lines.Write($"{range.Range.Offset} {range.Range.Length}{(range.Digest is { } digest ? " " + Convert.ToHexStringLower(digest) : "")}\n");

    private static bool TryParse(string line, out NotedRange range)
    {
        range = default;
        var fields = line.Split(' ', 4);
        var digest = new byte[NotedRange.Algorithm.Size];
        if (fields.Length is < 2 or > 3
            || !long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > long.MaxValue - offset
            || (fields.Length == 3 && Convert.FromHexString(fields[2], digest, out _, out var written) is var status && (status != OperationStatus.Done || written != digest.Length)))
            return false;
        range = new NotedRange(new ByteRange(offset, length), fields.Length == 3 ? digest : null);
        return true;
    }
}
