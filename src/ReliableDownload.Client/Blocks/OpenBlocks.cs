using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Blocks;

/// <summary>The blocks that are being received, and the memory for them: about one for each connection. Not safe for threads: its owner locks.</summary>
internal sealed class OpenBlocks(BlockLayout layout)
{
    private readonly SortedDictionary<int, OpenBlock> _open = [];
    private readonly Stack<byte[]> _buffers = new();

    /// <summary>Opens a block of which nobody has anything yet.</summary>
    public OpenBlock Open(int block)
    {
        var buffer = _buffers.TryPop(out var free) ? free : GC.AllocateUninitializedArray<byte>((int)Math.Min(layout.BlockSize, layout.FileSize), pinned: true);
        return _open[block] = new OpenBlock(block, layout.Offset(block), layout.Length(block), buffer);
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
    public void Close(OpenBlock open) => _open.Remove(open.Block);

    /// <summary>A closed block's memory is free again.</summary>
    public void Release(OpenBlock open) => _buffers.Push(open.Buffer);
}
