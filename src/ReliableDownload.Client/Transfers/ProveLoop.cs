using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;

namespace ReliableDownload.Client.Transfers;

/// <summary>Proves the blocks that were found on disk; what is not right is given back to be fetched. One thread.</summary>
internal sealed class ProveLoop(Transfer transfer, BlockMap map, IReadOnlyList<IFoundBlocks> found, TransferCounters counters)
{
    private readonly byte[] _block = new byte[map.Layout.BlockSize];

    public void Run()
    {
        while (map.TakeFound() is { } block)
        {
            if (found.Any(place => TryComplete(place, block)))
                counters.AddKept(map.Layout.Length(block));
            else
                map.Return(new Run(block, 1));
        }
    }

    private bool TryComplete(IFoundBlocks place, int block)
    {
        var offset = map.Layout.Offset(block);
        var data = _block.AsSpan(0, map.Layout.Length(block));
        return place.Has(block, offset, data.Length)
            && place.TryRead(block, offset, data)
            && transfer.TryComplete(block, data, place.IsInPlace);
    }
}
