using System.Globalization;
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

    private readonly Lock _lock = new();
    private readonly StreamWriter _lines;

    private Journal(StreamWriter lines) => _lines = lines;

    /// <summary>What a journal on disk says. <see cref="Ranges"/> is null where it cannot be believed as a whole.</summary>
    public sealed record Content(string? Target, IReadOnlyList<ByteRange>? Ranges);

    /// <summary>Begins the journal anew with what is known; the old one is replaced at once or not at all.</summary>
    public static Journal Begin(string path, string target, IEnumerable<ByteRange> ranges)
    {
        var fresh = path + ".new";
        var lines = new StreamWriter(new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.Read | FileShare.Delete)) { AutoFlush = false };
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

    public void Dispose() => _lines.Dispose();

    public static Content Read(string path)
    {
        if (!File.Exists(path))
            return new Content(null, null);
        using var lines = File.OpenText(path);
        if (lines.ReadLine() != Magic || lines.ReadLine() is not { } target || !target.StartsWith(TargetKey, StringComparison.Ordinal))
            return new Content(null, null);
        var ranges = new List<ByteRange>();
        var whole = true;
        while (whole && lines.ReadLine() is { } line)
        {
            whole = TryParse(line, out var range);
            ranges.Add(range);
        }

        return new Content(Uri.UnescapeDataString(target[TargetKey.Length..]), whole ? ByteRange.Merge(ranges) : null);
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
