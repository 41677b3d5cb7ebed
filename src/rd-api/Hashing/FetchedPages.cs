namespace ReliableDownload.Api.Hashing;

/// <summary>What the hashing of a file fetched from the disk into the page cache and left there, oldest first. Safe for threads.</summary>
internal sealed class FetchedPages
{
    private readonly Lock _gate = new();
    private readonly Queue<(long Offset, long Length)> _pages = new();
    private long _bytes;

    /// <summary>Notes what was fetched.</summary>
    /// <returns>What is to be dropped, so that no more than <paramref name="limit"/> bytes stay.</returns>
    public IReadOnlyList<(long Offset, long Length)> Add(long offset, long length, long limit)
    {
        var dropped = new List<(long Offset, long Length)>();
        lock (_gate)
        {
            _pages.Enqueue((offset, length));
            _bytes += length;
            while (_bytes > limit)
            {
                dropped.Add(_pages.Dequeue());
                _bytes -= dropped[^1].Length;
            }
        }

        return dropped;
    }
}
