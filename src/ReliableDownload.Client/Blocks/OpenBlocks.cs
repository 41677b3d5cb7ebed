using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Blocks;

/// <summary>The blocks that are being received or proven, and the memory for them. Not thread-safe: its owner locks.</summary>
internal sealed class OpenBlocks(BlockLayout layout)
{
    // In bytes: 26 blocks of 2 MiB, ten that are hashed together, ten that come meanwhile, and what connections have open. More is faster (with
    // 96 MiB a GiB over loopback took a tenth less time, measured), but the whole process is to stay below 100 MiB.
    private const int EnoughMemory = 52 << 20;

    /// <summary>The longest block that is held in memory, in bytes. The bytes of longer ones go to disk as they come, and are hashed there.</summary>
    public const int MaxInMemory = 16 << 20;

    private readonly SortedDictionary<int, OpenBlock> _open = [];
    private readonly BlockMemory _memory = new((int)Math.Min(layout.BlockSize, layout.FileSize));
    private readonly Stack<Memory<byte>> _free = new();
    private int _buffers;
    private int _closed;
    private bool _isWanted;

    /// <summary>For how many blocks of this size, in bytes, there is memory.</summary>
    public static int Enough(int blockSize) => EnoughMemory / BlockMemory.SizeOf(blockSize);

    /// <summary>Whether another block may be opened now. If not, memory will be free once a whole block is proven and, where blocks have their order, those before it are whole: then <see cref="Release"/> says that somebody waits.</summary>
    public bool HasMemory()
    {
        var isFull = _free.Count == 0 && _closed > 0 && (long)_buffers * BlockMemory.SizeOf(layout.BlockSize) >= EnoughMemory;
        _isWanted |= isFull;
        return !isFull;
    }

    /// <summary>Opens a block of which nobody has anything yet.</summary>
    public OpenBlock Open(int block)
    {
        var buffer = layout.BlockSize > MaxInMemory ? default : _free.TryPop(out var free) ? free : NewBuffer();
        return _open[block] = new OpenBlock(block, layout.Offset(block), layout.Length(block), buffer);
    }

    public bool IsOpen(int block) => _open.ContainsKey(block);

    /// <summary>Whether all that is left of a piece has its place in memory.</summary>
    public bool Holds(Piece piece)
    {
        var block = (int)(piece.Next / layout.BlockSize);
        return IsOpen(block) && piece.To <= layout.Offset(block) + layout.Length(block);
    }

    /// <summary>The block that a piece's byte belongs to; where it was not open, all of it is taken by the pieces that it belongs to.</summary>
    public OpenBlock At(long offset)
    {
        var block = (int)(offset / layout.BlockSize);
        if (_open.TryGetValue(block, out var open))
            return open;
        open = Open(block);
        open.Take(open.Length);
        return open;
    }

    /// <summary>A piece of what is left of an open block; null where nothing is.</summary>
    public Piece? TakeHole(long limit)
    {
        foreach (var open in _open.Values)
        {
            if (!open.HasHoles)
                continue;
            var hole = open.Take(limit);
            return new Piece(hole.Offset, hole.End);
        }

        return null;
    }

    /// <summary>The bytes from <paramref name="from"/> to <paramref name="to"/> will not come.</summary>
    /// <returns>The blocks among them that were not open, to be given back as a whole; none if it has no blocks.</returns>
    public Run GiveBack(long from, long to)
    {
        var block = (int)(from / layout.BlockSize);
        if (_open.TryGetValue(block, out var open))
        {
            var end = Math.Min(to, layout.Offset(block + 1));
            open.GiveBack(new ByteRange(from, end - from));
            from = end;
            block++;
        }

        return new Run(block, (int)((Math.Max(0, to - from) + layout.BlockSize - 1) / layout.BlockSize));
    }

    /// <summary>The block is whole; its memory is still in use.</summary>
    public void Close(OpenBlock open)
    {
        _open.Remove(open.Block);
        _closed++;
    }

    /// <summary>A closed block's memory will not be free soon.</summary>
    /// <returns>Whether somebody waits for it, and need not any more.</returns>
    public bool Keep(OpenBlock open)
    {
        open.IsKept = true;
        _closed--;
        return TakeWanted();
    }

    /// <summary>A closed block's memory is free again.</summary>
    /// <returns>Whether somebody waits for it.</returns>
    public bool Release(OpenBlock open)
    {
        if (!open.IsOnDisk)
            _free.Push(open.Buffer);
        if (!open.IsKept)
            _closed--;
        return TakeWanted();
    }

    private bool TakeWanted()
    {
        var isWanted = _isWanted;
        _isWanted = false;
        return isWanted;
    }

    private Memory<byte> NewBuffer()
    {
        _buffers++;
        return _memory.Next();
    }
}
