using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Fleet;

/// <summary>The entries that this rd-api has claimed, and those of them that it is done with. Thread-safe.</summary>
internal sealed class HeldClaims
{
    private readonly Lock _gate = new();
    private readonly HashSet<BlockRun> _held = [];
    private readonly HashSet<BlockRun> _stored = [];

    /// <summary>Those whose digests are not all stored.</summary>
    public BlockRun[] Held
    {
        get
        {
            lock (_gate)
                return [.. _held];
        }
    }

    /// <summary>Those that can be let go.</summary>
    public BlockRun[] Stored
    {
        get
        {
            lock (_gate)
                return [.. _stored];
        }
    }

    /// <returns>False if it is held already.</returns>
    public bool TryAdd(BlockRun entry)
    {
        lock (_gate)
        {
            // Who took it over from this one left it.
            _stored.Remove(entry);
            return _held.Add(entry);
        }
    }

    public bool Contains(BlockRun entry)
    {
        lock (_gate)
            return _held.Contains(entry);
    }

    /// <summary>The digests of these are stored.</summary>
    public void Store(IEnumerable<BlockRun> entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                if (_held.Remove(entry))
                    _stored.Add(entry);
            }
        }
    }

    /// <summary>Redis knows that these are done.</summary>
    public void Forget(IEnumerable<BlockRun> entries)
    {
        lock (_gate)
            _stored.ExceptWith(entries);
    }
}
