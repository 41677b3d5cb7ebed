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
        var offset = map.Layout.Offset(block);
        if (_block.Length == 0)
            _block = GC.AllocateUninitializedArray<byte>(map.Layout.BlockSize);
        var data = _block.AsSpan(0, map.Layout.Length(block));
        if (!place.Has(block, offset, data.Length) || !place.TryRead(block, offset, data))
            return false;
        map.Algorithm.Hash(data, _digest);
        return transfer.TryComplete(block, data, _digest, place.IsInPlace);
    }
}
