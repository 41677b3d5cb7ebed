namespace ReliableDownload.Protocol.Hashing;

/// <summary>
/// The compression function of a hash of FIPS 180-4 on words of 32 bits, written once for all widths of vectors. Two:
/// <see cref="Sha1Compression"/>, <see cref="Sha256Compression"/>. Pure.
/// </summary>
internal unsafe interface ICompression
{
    /// <summary>The state before the first chunk.</summary>
    static abstract ReadOnlySpan<uint> InitialState { get; }

    /// <summary>How many vectors the message schedule of a chunk takes, including scratch space after it.</summary>
    static abstract int ScheduleLength { get; }

    /// <summary>Processes a chunk, the first 16 vectors of <paramref name="schedule"/>, into <paramref name="state"/>.</summary>
    static abstract void Compress<T>(T* schedule, T* state)
        where T : unmanaged, ILanes<T>;
}
