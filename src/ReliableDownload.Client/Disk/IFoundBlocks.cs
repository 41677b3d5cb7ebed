namespace ReliableDownload.Client.Disk;

/// <summary>A place on disk where blocks of the file may lie already. Nothing of it is believed before its digest proves it. Safe for threads.</summary>
internal interface IFoundBlocks : IDisposable
{
    /// <summary>Whether the place is the part file itself, so that a block proven there need not be written.</summary>
    bool IsInPlace { get; }

    /// <summary>Whether all bytes from <paramref name="offset"/> on may be here.</summary>
    bool Has(int block, long offset, int length);

    /// <summary>Reads them; false where they cannot be read after all.</summary>
    bool TryRead(int block, long offset, Span<byte> data);
}
