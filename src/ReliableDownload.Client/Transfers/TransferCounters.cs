namespace ReliableDownload.Client.Transfers;

/// <summary>What one download has done so far, across all versions of the file. Thread-safe.</summary>
internal sealed class TransferCounters
{
    private long _bytesFetched;
    private long _bytesKept;
    private int _retries;
    private int _wrongBlocks;
    private int _receiving;

    public long BytesFetched => Interlocked.Read(ref _bytesFetched);

    /// <summary>Bytes of the newest version that were on disk before and are proven.</summary>
    public long BytesKept => Interlocked.Read(ref _bytesKept);

    public int Retries => Volatile.Read(ref _retries);

    public int WrongBlocks => Volatile.Read(ref _wrongBlocks);

    /// <summary>Connections that are at a request now.</summary>
    public int Receiving => Volatile.Read(ref _receiving);

    public void AddFetched(long bytes) => Interlocked.Add(ref _bytesFetched, bytes);

    /// <summary>What is on disk is proven for another version, or once more.</summary>
    public void BeginVersion() => Interlocked.Exchange(ref _bytesKept, 0);

    public void AddKept(long bytes) => Interlocked.Add(ref _bytesKept, bytes);

    public void AddRetry() => Interlocked.Increment(ref _retries);

    public void AddWrong() => Interlocked.Increment(ref _wrongBlocks);

    public void BeginReceiving() => Interlocked.Increment(ref _receiving);

    public void EndReceiving() => Interlocked.Decrement(ref _receiving);
}
