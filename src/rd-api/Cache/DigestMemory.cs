using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// The most recently used complete tables, available without the store, and also while the store is unavailable. These tables no longer
/// change. Thread-safe.
/// </summary>
/// <param name="capacity">How much memory the tables may take, in bytes; the most recently used one is kept even if it is larger.</param>
internal sealed class DigestMemory(long capacity = Limits.DigestMemory)
{
    // In bytes: key, list node and dictionary entry.
    private const int EntryOverhead = 320;

    private readonly Lock _gate = new();
    private readonly Dictionary<DigestKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];
    private long _bytes;

    public DigestTable? Find(DigestKey key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node))
                return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Digests;
        }
    }

    /// <summary>The same without counting as a use: looking keeps nothing in memory.</summary>
    public DigestTable? Peek(DigestKey key)
    {
        lock (_gate)
            return _entries.GetValueOrDefault(key)?.Value.Digests;
    }

    /// <summary>The digest of a whole file; not to be changed. The same array each time, as long as it is remembered.</summary>
    public byte[]? FindWhole(DigestKey key)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node))
                return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Whole;
        }
    }

    public void Add(DigestKey key, DigestTable digests)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var old))
                Remove(old);
            _entries[key] = _byUse.AddFirst(new Entry(key, digests));
            _bytes += SizeOf(key, digests);
            while (_bytes > capacity && _byUse.Count > 1)
                Remove(_byUse.Last!);
        }
    }

    public void Remove(DigestKey key)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var node))
                Remove(node);
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _bytes -= SizeOf(node.Value.Key, node.Value.Digests);
    }

    private static long SizeOf(DigestKey key, DigestTable digests) =>
        EntryOverhead + ((long)key.File.Length * sizeof(char)) + digests.HeldBytes;

    private sealed record Entry(DigestKey Key, DigestTable Digests)
    {
        public byte[]? Whole { get; } = Key.IsWhole ? Digests.Run(0, 1) : null;
    }
}
