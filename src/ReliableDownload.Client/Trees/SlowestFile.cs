using System.Collections.Concurrent;

namespace ReliableDownload.Client.Trees;

/// <summary>Which file is being fetched for longest. Each connection is at one. Safe for threads.</summary>
internal sealed class SlowestFile(TimeProvider clock)
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<int, Entry> _current = [];

    /// <summary>This thread begins with a file.</summary>
    public void Begin(TreePath path)
    {
        _current[Environment.CurrentManagedThreadId] = new Entry(path, clock.GetTimestamp());
    }

    /// <summary>This thread is at none.</summary>
    public void End() => _current.TryRemove(Environment.CurrentManagedThreadId, out _);

    /// <summary>Its path; null where none takes long.</summary>
    public string? Name => _current.Values
        .Select(entry => (entry.Path, Time: clock.GetElapsedTime(entry.Since)))
        .Where(entry => entry.Time > Slow)
        .OrderByDescending(entry => entry.Time).Select(entry => entry.Path.Text).FirstOrDefault();

    private sealed record Entry(TreePath Path, long Since);
}
