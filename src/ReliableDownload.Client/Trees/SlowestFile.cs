using System.Collections.Concurrent;

namespace ReliableDownload.Client.Trees;

/// <summary>Which file is being fetched for longest. Each fetcher is at one. Safe for threads.</summary>
internal sealed class SlowestFile(TimeProvider clock)
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<object, Entry> _current = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whoever fetches begins with a file.</summary>
    public void Begin(object fetcher, TreePath path) => _current[fetcher] = new Entry(path, clock.GetTimestamp());

    /// <summary>It is at none.</summary>
    public void End(object fetcher) => _current.TryRemove(fetcher, out _);

    /// <summary>Its path; null where none takes long.</summary>
    public string? Name => _current.Values
        .Select(entry => (entry.Path, Time: clock.GetElapsedTime(entry.Since)))
        .Where(entry => entry.Time > Slow)
        .OrderByDescending(entry => entry.Time).Select(entry => entry.Path.Text).FirstOrDefault();

    private sealed record Entry(TreePath Path, long Since);
}
