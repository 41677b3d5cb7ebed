using System.Globalization;
using System.Text;
using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Disk;

/// <summary>
/// Which bytes of a part file were proven and written: a text file, a line for each block as it is completed. It is advisory:
/// whatever it says is proven again from disk, and one that is torn, foreign or gone only means that more is looked at.
/// Safe for threads.
/// </summary>
/// <remarks>Layout: <c>rd-journal 1</c>, <c>target &lt;percent-encoded path&gt;</c>, then lines of <c>&lt;offset&gt; &lt;length&gt;</c> in bytes.</remarks>
internal sealed class Journal : IDisposable
{
    private const string Magic = "rd-journal 1";
    private const string TargetKey = "target ";

    // The longest path in percent-encoding: nobody has to read a foreign file of one huge line into memory.
    private const int MaxLineLength = 32 << 10;

    // Ranges are merged when so many came: a journal has a line for each block, in nearly their order.
    private const int MergeAfter = 1 << 14;

    private readonly Lock _lock = new();
    private readonly StreamWriter _lines;

    private Journal(StreamWriter lines) => _lines = lines;

    /// <summary>What a journal on disk says. <see cref="Ranges"/> is null where it cannot be believed as a whole.</summary>
    public sealed record Content(string? Target, IReadOnlyList<ByteRange>? Ranges);

    /// <summary>Where a journal that is begun anew is written before it takes the old one's place.</summary>
    public static string FreshPath(string path) => path + ".new";

    /// <summary>Begins the journal anew with what is known; the old one is replaced at once or not at all.</summary>
    public static Journal Begin(string path, string target, IEnumerable<ByteRange> ranges)
    {
        var fresh = FreshPath(path);
        File.Delete(fresh);
        // A new file, never one that a link leads to.
        var lines = new StreamWriter(new FileStream(fresh, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete)) { AutoFlush = false, NewLine = "\n" };
        lines.WriteLine(Magic);
        lines.WriteLine(TargetKey + Uri.EscapeDataString(target));
        foreach (var range in ranges)
            WriteLine(lines, range);
        lines.Flush();
        File.Move(fresh, path, overwrite: true);
        lines.AutoFlush = true;
        return new Journal(lines);
    }

    public void Add(ByteRange range)
    {
        lock (_lock)
            WriteLine(_lines, range);
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
            return new Content(null, null);
        using var lines = File.OpenText(path);
        if (ReadLine(lines) != Magic || ReadLine(lines) is not { } target || !target.StartsWith(TargetKey, StringComparison.Ordinal))
            return new Content(null, null);
        var ranges = new List<ByteRange>();
        var mergeAt = MergeAfter;
        var whole = true;
        while (whole && ReadLine(lines) is { } line)
        {
            whole = TryParse(line, out var range);
            ranges.Add(range);
            if (ranges.Count < mergeAt)
                continue;
            ranges = ByteRange.Merge(ranges);
            mergeAt = (2 * ranges.Count) + MergeAfter;
        }

        return new Content(Uri.UnescapeDataString(target[TargetKey.Length..]), whole ? ByteRange.Merge(ranges) : null);
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

    private static void WriteLine(StreamWriter lines, ByteRange range) => lines.Write($"{range.Offset} {range.Length}\n");

    private static bool TryParse(string line, out ByteRange range)
    {
        range = default;
        var space = line.IndexOf(' ');
        if (space < 1
            || !long.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !long.TryParse(line.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > long.MaxValue - offset)
            return false;
        range = new ByteRange(offset, length);
        return true;
    }
}
