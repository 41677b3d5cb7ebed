using ReliableDownload.Api.Cache;

namespace ReliableDownload.Api.Hashing;

/// <summary>The digests of small files that are to be stored, many at a time. Thread-safe.</summary>
internal sealed class UnstoredFiles
{
    private readonly Lock _gate = new();
    private readonly List<FileDigest> _files = [];

    /// <summary>Adds one; it is dropped while too many wait, as for a store that is away.</summary>
    public void Add(FileDigest file)
    {
        lock (_gate)
        {
            if (_files.Count < Limits.UnstoredFiles)
                _files.Add(file);
        }
    }

    /// <summary>Those that are to be stored next; they stay until <see cref="Remove"/>.</summary>
    public IReadOnlyList<FileDigest> Next()
    {
        lock (_gate)
            return _files.Count == 0 ? [] : _files[..Math.Min(_files.Count, IDigestStore.MaxFiles)];
    }

    /// <summary>Removes the first ones, which are stored.</summary>
    public void Remove(int count)
    {
        lock (_gate)
            _files.RemoveRange(0, count);
    }
}
