using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// The complete tables that were used last, so that they are at hand without the store, and stay so when it is away. What is in here
/// does not change any more. Safe for threads.
/// </summary>
/// <param name="capacity">What the tables may take, in bytes; the one used last is kept in any case.</param>
internal sealed class DigestMemory(long capacity = DigestMemory.DefaultCapacity)
{
    /// <summary>64 MiB: the SHA-256 digests of 4 TiB in blocks of 2 MiB.</summary>
    public const long DefaultCapacity = 64 << 20;

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

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _bytes -= SizeOf(node.Value.Key, node.Value.Digests);
    }

    private static long SizeOf(DigestKey key, DigestTable digests) =>
        EntryOverhead + ((long)key.File.Length * sizeof(char)) + digests.HeldBytes;

    private sealed record Entry(DigestKey Key, DigestTable Digests);
}
