namespace ReliableDownload.Client.Blocks;

/// <summary>
/// Consecutive bytes that one connection fetches with one request: part of a block, or a run of whole blocks. Only its owner moves
/// <see cref="Next"/>; others look at it, and <see cref="Scheduler"/> may take from its end what its owner has not reserved.
/// </summary>
internal sealed class Piece(long from, long to)
{
    private readonly Lock _lock = new();
    private long _next = from;
    private long _reserved = from;
    private long _to = to;
    private byte[]? _rescue;

    /// <summary>Where the piece begins, in bytes of the file.</summary>
    public long From { get; } = from;

    /// <summary>The first byte that has not been received.</summary>
    public long Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>The byte after the last one; it may decrease.</summary>
    public long To => Volatile.Read(ref _to);

    public long Left => To - Next;

    /// <summary>When its request was sent, as a timestamp; 0 before.</summary>
    public long Started { get; set; }

    /// <summary>When its newest byte came, as a timestamp; 0 before.</summary>
    public long LastByte { get; set; }

    /// <summary>The slower piece whose last bytes this one also fetches; the faster wins.</summary>
    public Piece? RescueOf { get; init; }

    /// <summary>Whether another connection fetches the same bytes.</summary>
    public bool IsContested { get; set; }

    /// <summary>Closes the connection that fetches this piece.</summary>
    public Action Interrupt { get; set; } = static () => { };

    /// <summary>The piece's last bytes, which another connection was faster with; null while none was.</summary>
    public byte[]? Rescue
    {
        get => Volatile.Read(ref _rescue);
        set => Volatile.Write(ref _rescue, value);
    }

    /// <summary>Reserves the next bytes for the owner, who is about to read them; nobody can take them any more.</summary>
    /// <returns>The number reserved: <paramref name="limit"/>, or what is left.</returns>
    public int Reserve(int limit)
    {
        lock (_lock)
        {
            var count = (int)Math.Min(limit, _to - _next);
            _reserved = _next + count;
            return count;
        }
    }

    /// <summary>Takes away the end of the piece, which its owner has not come near to.</summary>
    /// <param name="unit">Whole blocks change hands where the piece has some that were not begun; the size of one in bytes.</param>
    /// <param name="least">Neither part may be smaller, in bytes.</param>
    /// <returns>The part taken; null where it is too small to be shared.</returns>
    public Piece? Share(long unit, long least)
    {
        lock (_lock)
        {
            var begun = ((Math.Max(_next, _reserved - 1) / unit) + 1) * unit;
            var cut = _to > begun
                ? begun + ((_to - begun + unit - 1) / unit / 2 * unit)
                : _reserved + ((_to - _reserved) / 2);
            if (cut - _reserved < least && _to <= begun)
                return null;
            var shared = new Piece(cut, _to);
            _to = cut;
            return shared;
        }
    }
}
