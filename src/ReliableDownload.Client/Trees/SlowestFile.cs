namespace ReliableDownload.Client.Trees;

/// <summary>Which file is being fetched for longest. Each connection is at one. Safe for threads.</summary>
internal sealed class SlowestFile(TimeProvider clock)
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    private readonly ThreadLocal<Entry> _current = new(static () => new Entry(), trackAllValues: true);

    /// <summary>This thread begins with a file.</summary>
    public void Begin(TreePath path)
    {
        var entry = _current.Value!;
        entry.Since = clock.GetTimestamp();
        entry.Path = path;
    }

    /// <summary>This thread is at none.</summary>
    public void End() => _current.Value!.Path = null;

    /// <summary>Its path; null where none takes long.</summary>
    public string? Name => _current.Values
        .Select(entry => (entry.Path, Time: clock.GetElapsedTime(entry.Since)))
        .Where(entry => entry.Path is not null && entry.Time > Slow)
        .OrderByDescending(entry => entry.Time).Select(entry => entry.Path!.Text).FirstOrDefault();

    private sealed class Entry
    {
        public TreePath? Path { get; set; }

        public long Since { get; set; }
    }
}
