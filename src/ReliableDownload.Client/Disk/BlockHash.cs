using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Client.Disk;

/// <summary>Hashes blocks on disk slice by slice, so that a block of any size needs little memory. For one thread.</summary>
internal sealed class BlockHash(DigestAlgorithm algorithm) : IDisposable
{
    /// <summary>How much is read at a time, in bytes.</summary>
    public const int SliceSize = 256 << 10;

    private readonly MultiBufferHash _hash = new(algorithm);
    private readonly byte[] _slice = GC.AllocateUninitializedArray<byte>(SliceSize);
    private readonly byte[] _digest = new byte[algorithm.Size];

    /// <summary>Takes the bytes at an offset of the file.</summary>
    public delegate void Taker(long offset, ReadOnlySpan<byte> data);

    /// <summary>The digest of a block; empty where it cannot be read as a whole. It holds until the next one.</summary>
    /// <param name="take">Is given the bytes as they are read.</param>
    public ReadOnlySpan<byte> Of(IFoundBlocks place, int block, long offset, int length, Taker? take = null)
    {
        var isWhole = true;
        for (var done = 0; done < length && isWhole; done += SliceSize)
        {
            var slice = _slice.AsMemory(0, Math.Min(SliceSize, length - done));
            isWhole = FoundPlaces.TryRead(place, block, offset + done, slice.Span);
            _hash.Append([slice]);
            if (isWhole)
                take?.Invoke(offset + done, slice.Span);
        }

        _hash.Finish(_digest);
        return isWhole ? _digest : default(ReadOnlySpan<byte>);
    }

    public void Dispose() => _hash.Dispose();
}
