namespace ReliableDownload.Client.Blocks;

/// <summary>
/// Consecutive bytes that one connection fetches with one request: part of a block, or a run of whole blocks. Only its owner moves
/// <see cref="Next"/>; others look at it, and <see cref="Scheduler"/> may take from its end.
/// </summary>
internal sealed class Piece(long from, long to)
{
    private long _next = from;
    private long _to = to;
    private byte[]? _rescue;

    /// <summary>Where the piece begins, in bytes of the file.</summary>
    public long From { get; } = from;

    /// <summary>The first byte that has not come.</summary>
    public long Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>The byte behind the last one.</summary>
    public long To
    {
        get => Volatile.Read(ref _to);
        set => Volatile.Write(ref _to, value);
    }

    public long Left => To - Next;

    /// <summary>When its request was sent, as a timestamp; 0 before.</summary>
    public long Started { get; set; }

    /// <summary>When its newest byte came, as a timestamp; 0 before.</summary>
    public long LastByte { get; set; }

    /// <summary>The slower piece whose last bytes this one fetches as well; whoever is first wins.</summary>
    public Piece? RescueOf { get; init; }

    /// <summary>Whether another connection fetches the same bytes.</summary>
    public bool IsContested { get; set; }

    /// <summary>Closes the connection that is at this piece.</summary>
    public Action Interrupt { get; set; } = static () => { };

    /// <summary>The piece's last bytes, which another connection was faster with; null while none was.</summary>
    public byte[]? Rescue
    {
        get => Volatile.Read(ref _rescue);
        set => Volatile.Write(ref _rescue, value);
    }
}
