namespace ReliableDownload.Client.Disk;

/// <summary>A place on disk where blocks of the file may lie already. Nothing of it is believed before its digest proves it. Thread-safe.</summary>
internal interface IFoundBlocks : IDisposable
{
    /// <summary>Whether the place is the part file itself, so that a block proven there need not be written.</summary>
    bool IsInPlace { get; }

    /// <summary>Whether all bytes from <paramref name="offset"/> on may be here.</summary>
    bool Has(int block, long offset, int length);

    /// <summary>Reads them; false where they cannot be read after all.</summary>
    /// <exception cref="IOException">The disk refuses to read them.</exception>
    bool TryRead(int block, long offset, Span<byte> data);

    /// <summary>A block that was read here is proven and written to the part file: its copy here is of no more use.</summary>
    /// <param name="flush">Makes what was written survive a power cut.</param>
    void Release(int block, Action flush);
}
