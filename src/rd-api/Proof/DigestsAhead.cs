using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Proof;

/// <summary>
/// Has the digests of the next few files of a series calculated while the caller waits for the first of them, so that all workers have work. For one
/// request; disposing of it tells the workers that nobody waits any more.
/// </summary>
/// <param name="count">How many files there are.</param>
/// <param name="ask">Asks for the digests of one by its number; null if there are none.</param>
internal sealed class DigestsAhead(int count, Func<int, DigestReader?> ask) : IDisposable
{
    private readonly Dictionary<int, DigestReader> _asked = [];
    private int _next;

    /// <summary>The digests of a file; those of earlier ones are let go.</summary>
    public FileDigests? Take(int index)
    {
        _next = Math.Max(_next, index);
        for (; _next < Math.Min(count, index + Limits.AwaitedFiles); _next++)
        {
            if (ask(_next) is { } reader)
                _asked[_next] = reader;
        }

        foreach (var (earlier, reader) in _asked.Where(entry => entry.Key < index).ToList())
        {
            reader.Dispose();
            _asked.Remove(earlier);
        }

        return _asked.GetValueOrDefault(index)?.Digests;
    }

    public void Dispose()
    {
        foreach (var reader in _asked.Values)
            reader.Dispose();
    }
}
