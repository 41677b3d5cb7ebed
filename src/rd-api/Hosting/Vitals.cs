using System.Collections.Concurrent;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Which threads and loops ended that should run as long as the server does. Whoever supervises one reports its end here, and the
/// health check tells. Thread-safe.
/// </summary>
internal sealed class Vitals
{
    private readonly ConcurrentDictionary<string, bool> _ended = [];

    /// <summary>What ended, by name; empty in a server that is well.</summary>
    public IEnumerable<string> Ended => _ended.Keys.Order(StringComparer.Ordinal);

    public bool IsWell => _ended.IsEmpty;

    /// <param name="name">Of the thread or loop, for people.</param>
    public void ReportEnd(string name) => _ended[name] = true;

    /// <summary>It runs again.</summary>
    public void ReportStart(string name) => _ended.TryRemove(name, out _);
}
