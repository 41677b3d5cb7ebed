using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>Proves the blocks that were found on disk; what is not right is given back to be fetched. One thread.</summary>
internal sealed class FoundProver(Transfer transfer, Scheduler scheduler, BlockMap map, PartSink sink, IReadOnlyList<IFoundBlocks> found, TransferCounters counters)
{
    private readonly byte[] _digest = new byte[map.Algorithm.Size];
    private byte[] _block = [];

    public void Run()
    {
        while (scheduler.TakeFound() is { } block)
        {
            if (found.Any(place => TryComplete(place, block)))
                counters.AddKept(map.Layout.Length(block));
            else
                scheduler.Reject(block);
        }
    }

    private bool TryComplete(IFoundBlocks place, int block)
    {
        var (offset, length) = (map.Layout.Offset(block), map.Layout.Length(block));
        if (!place.Has(block, offset, length))
            return false;
        if (length > OpenBlocks.MaxInMemory)
            return TryCompleteOnDisk(place, block, offset, length);
        if (_block.Length == 0)
            _block = GC.AllocateUninitializedArray<byte>(map.Layout.BlockSize);
        var data = _block.AsSpan(0, length);
        if (!FoundPlaces.TryRead(place, block, offset, data))
            return false;
        map.Algorithm.Hash(data, _digest);
        return TryComplete(place, block, data, _digest, place.IsInPlace);
    }

    // Too long for memory: what is right, but elsewhere, is read again and copied, and what is hashed then is what counts.
    private bool TryCompleteOnDisk(IFoundBlocks place, int block, long offset, int length)
    {
        using var hash = new BlockHash(map.Algorithm);
        var digest = hash.Of(place, block, offset, length);
        scheduler.CopyDigest(block, _digest);
        if (!digest.SequenceEqual(_digest))
            return false;
        if (!place.IsInPlace)
            digest = hash.Of(place, block, offset, length, sink.WriteUnproven);
        return !digest.IsEmpty && TryComplete(place, block, default, digest, isOnDisk: true);
    }

    private bool TryComplete(IFoundBlocks place, int block, ReadOnlySpan<byte> data, ReadOnlySpan<byte> digest, bool isOnDisk)
    {
        if (!scheduler.Fits(block, digest))
            return false;
        sink.Put(block, new ByteRange(map.Layout.Offset(block), map.Layout.Length(block)), data, digest, isOnDisk);
        transfer.Complete(block);
        sink.Release(place, block);
        return true;
    }
}
