using System.Collections.Concurrent;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Which threads and loops have ended that should run as long as the server does. Their supervisor reports it here, and the
/// health check shows it. Thread-safe.
/// </summary>
internal sealed class Vitals
{
    private readonly ConcurrentDictionary<string, bool> _ended = [];

    /// <summary>What has ended, by name; empty in a healthy server.</summary>
    public IEnumerable<string> Ended => _ended.Keys.Order(StringComparer.Ordinal);

    public bool IsWell => _ended.IsEmpty;

    /// <param name="name">The thread's or loop's name, for people.</param>
    public void ReportEnd(string name) => _ended[name] = true;

    /// <summary>It runs again.</summary>
    public void ReportStart(string name) => _ended.TryRemove(name, out _);
}
