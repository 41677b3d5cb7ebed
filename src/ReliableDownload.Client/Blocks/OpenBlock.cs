using System.Net;

namespace ReliableDownload.Client.Blocks;

/// <summary>
/// A block that is being received, perhaps by several connections. What came stays, whoever cuts a connection. Its owner,
/// <see cref="BlockMap"/>, locks; the bytes themselves are written without a lock, by the one connection that has a place.
/// </summary>
/// <param name="Block">Which one.</param>
/// <param name="Start">Where it begins, in bytes of the file.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Buffer">At least as long; empty where the block is too long for memory, and its bytes go to disk as they come.</param>
internal sealed record OpenBlock(int Block, long Start, int Length, Memory<byte> Buffer)
{
    private readonly List<ByteRange> _holes = [new ByteRange(Start, Length)];
    private int _receivedBytes;

    /// <summary>Whether its bytes are in the part file and not in memory.</summary>
    public bool IsOnDisk => Buffer.IsEmpty;

    /// <summary>Whether its memory stays in use after it is proven and written.</summary>
    public bool IsKept { get; set; }

    /// <summary>Whether the journal says nothing of it but what is in it now.</summary>
    public bool IsNoted { get; set; }

    /// <summary>The peer that sent its last bytes.</summary>
    public EndPoint? Peer { get; set; }

    /// <summary>The source of bytes that may be from anywhere.</summary>
    public const int UnknownSource = 63;

    /// <summary>Which mirrors its bytes came from, a bit for each.</summary>
    public ulong Sources { get; private set; }

    /// <summary>Whether some of it is not being fetched.</summary>
    public bool HasHoles => _holes.Count > 0;

    public bool IsWhole => _receivedBytes == Length;

    /// <summary>Whether some of it has been received.</summary>
    public bool HasBytes => _receivedBytes > 0;

    /// <summary>The buffer from the place of a byte of the file on.</summary>
    public Span<byte> At(long offset) => Buffer.Span[(int)(offset - Start)..Length];

    /// <summary>Claims the beginning of the first hole.</summary>
    public ByteRange Take(long limit)
    {
        var hole = _holes[0];
        var taken = hole with { Length = Math.Min(hole.Length, limit) };
        if (taken.Length == hole.Length)
            _holes.RemoveAt(0);
        else
            _holes[0] = new ByteRange(taken.End, hole.End - taken.End);
        return taken;
    }

    /// <summary>Records received bytes.</summary>
    public void Fill(ByteRange range, int source)
    {
        _receivedBytes += (int)range.Length;
        if (range.Length > 0)
            Sources |= 1UL << source;
    }

    /// <summary>Releases claimed bytes that will not be received.</summary>
    public void GiveBack(ByteRange range)
    {
        if (range.Length > 0)
            _holes.Add(range);
    }

    /// <summary>Records bytes that existed before anything was claimed.</summary>
    public void Preset(IEnumerable<ByteRange> ranges)
    {
        _holes.Clear();
        IsNoted = true;
        var end = Start;
        foreach (var range in ranges)
        {
            GiveBack(new ByteRange(end, range.Offset - end));
            Fill(range, UnknownSource);
            end = range.End;
        }

        GiveBack(new ByteRange(end, Start + Length - end));
    }
}
