namespace ReliableDownload.Client.Network;

/// <summary>
/// A block on its way: the bytes of it that have come. It outlives the response they came in, so that the next one continues
/// behind them. One for each connection.
/// </summary>
internal sealed class BlockBuffer(int blockSize)
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(blockSize, pinned: true);

    /// <summary>How many bytes of the block have come.</summary>
    public int Filled { get; private set; }

    public ReadOnlySpan<byte> Data => _bytes.AsSpan(0, Filled);

    /// <summary>Reads once from <paramref name="stream"/>, up to a block's <paramref name="length"/>; 0 at the stream's end.</summary>
    public int ReadFrom(Stream stream, int length)
    {
        var count = stream.Read(_bytes.AsSpan(Filled, length - Filled));
        Filled += count;
        return count;
    }

    public void Clear() => Filled = 0;
}
