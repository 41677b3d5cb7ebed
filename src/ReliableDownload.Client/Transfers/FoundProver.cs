using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>Proves the blocks that were found on disk; what is not right is given back to be fetched. One thread.</summary>
internal sealed class FoundProver(Transfer transfer, Scheduler scheduler, BlockMap map, IReadOnlyList<IFoundBlocks> found, TransferCounters counters)
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
        if (!transfer.TryComplete(block, data, _digest, place.IsInPlace))
            return false;
        transfer.Release(place, block);
        return true;
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
            digest = hash.Of(place, block, offset, length, transfer.WriteUnproven);
        if (digest.IsEmpty || !transfer.TryComplete(block, default, digest, isOnDisk: true))
            return false;
        transfer.Release(place, block);
        return true;
    }
}
