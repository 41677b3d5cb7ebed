using ReliableDownload.Api.Files;
using ReliableDownload.Api.Kernel;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// What hashing read from the disk into the page cache. It stays there for clients that download next, but all of it together is limited
/// to a part of the memory, so that hashing does not displace what is being served: the oldest is dropped. Thread-safe.
/// </summary>
internal sealed class FetchedPages(IWebRoot root)
{
    private readonly Lock _gate = new();
    private readonly Queue<Region> _regions = new();
    private long _bytes;

    /// <summary>How much may stay, in bytes: an eighth of the memory that this process may use.</summary>
    public long MaxBytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8;

    /// <summary>Records what was fetched, and drops the oldest beyond the limit.</summary>
    public void Add(RequestPath path, FileIdentity identity, long offset, long length)
    {
        foreach (var region in Exchange(new Region(path, identity, offset, length)))
        {
            try
            {
                using var file = root.OpenFile(region.Path);
                // Another file is at this path by now: leave its pages alone.
                if (file?.Identity == region.Identity)
                    PageCache.Drop(file.Handle, region.Offset, region.Length);
            }
            catch (IOException)
            {
                // It is not the file that is being hashed: the system drops its pages when it needs the room.
            }
        }
    }

    private List<Region> Exchange(Region added)
    {
        var dropped = new List<Region>();
        lock (_gate)
        {
            _regions.Enqueue(added);
            _bytes += added.Length;
            while (_bytes > MaxBytes || _regions.Count > Limits.FetchedRegions)
            {
                dropped.Add(_regions.Dequeue());
                _bytes -= dropped[^1].Length;
            }
        }

        return dropped;
    }

    private readonly record struct Region(RequestPath Path, FileIdentity Identity, long Offset, long Length);
}
