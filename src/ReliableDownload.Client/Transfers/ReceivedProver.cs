using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Client.Transfers;

/// <summary>Proves the blocks that were received and hands the right ones on; wrong ones are fetched again. One thread.</summary>
/// <param name="wantsDigests">Whether the digests are of use to anybody.</param>
internal sealed class ReceivedProver(Transfer transfer, Scheduler scheduler, BlockMap map, WholeBlocks blocks, Session session, bool wantsDigests)
{
    private readonly List<byte[]> _slices = [];

    /// <summary>How many hash at a time: vector units are shared by the blocks of one batch, other hashes by nobody.</summary>
    public static int MaxHashing(DigestAlgorithm algorithm) =>
        MultiBufferHash.MaxLanes(algorithm) == 1 ? Environment.ProcessorCount : Math.Max(1, Environment.ProcessorCount / 2);

    public void Run()
    {
        using var hash = new MultiBufferHash(map.Algorithm, map.Layout.FileSize);
        var batch = new List<OpenBlock>();
        var data = new ReadOnlyMemory<byte>[hash.Lanes];
        var digests = new byte[hash.Lanes * map.Algorithm.Size];
        while (blocks.Take(batch))
        {
            try
            {
                for (var done = 0; wantsDigests && done < batch[0].Length;)
                {
                    for (var i = 0; i < batch.Count; i++)
                        data[i] = batch[i].IsOnDisk ? ReadSlice(i, batch[i], done) : batch[i].Buffer[..batch[i].Length];
                    hash.Append(data.AsSpan(0, batch.Count));
                    done += data[0].Length;
                }

                if (wantsDigests)
                    hash.Finish(digests);
            }
            finally
            {
                blocks.EndHashing();
            }

            for (var i = 0; i < batch.Count; i++)
                Settle(batch[i], digests.AsSpan(i * map.Algorithm.Size, map.Algorithm.Size));
        }
    }

    // A block of 1 GiB is never in memory as a whole.
    private ReadOnlyMemory<byte> ReadSlice(int lane, OpenBlock open, int done)
    {
        if (_slices.Count == lane)
            _slices.Add(GC.AllocateUninitializedArray<byte>(BlockHash.SliceSize));
        var slice = _slices[lane].AsMemory(0, Math.Min(BlockHash.SliceSize, open.Length - done));
        transfer.Read(open.Start + done, slice.Span);
        return slice;
    }

    private void Settle(OpenBlock open, ReadOnlySpan<byte> digest)
    {
        if (transfer.TryComplete(open, digest))
        {
            if (!map.IsDoubtful)
                session.Mirrors.Trust(open.Sources);
            return;
        }

        Reject(open, digest);
        scheduler.Release(open);
    }

    private void Reject(OpenBlock open, ReadOnlySpan<byte> digest)
    {
        session.Counters.AddWrong();
        var wrong = scheduler.Wrong.Count(open.Block, digest);
        if (!map.IsDoubtful)
            session.Mirrors.Blame(open.Sources);
        if (map.IsDoubtful)
        {
            session.Options.Tell($"block {open.Block} arrived from {open.Peer} with other bytes than before; it is fetched again");
            if (wrong.Times < session.Options.MaxAttempts)
            {
                scheduler.Reject(open.Block);
                return;
            }
        }

        session.Options.Tell(
            $"block {open.Block} arrived with wrong bytes from {open.Peer}"
            + (wrong.Times > 1 ? $", {wrong.Times} times by now{(wrong.IsRepeated ? ", the same ones as before, as from a cache" : "")}" : "")
            + "; it is fetched again");
        // The same bytes a third time, and this time past all caches: it is rather the digest that came wrong.
        var isDigestSuspect = wrong is { IsRepeated: true, Times: >= 3 } && !session.AreDigestsAskedAgain;
        if (wrong.Times >= session.Options.MaxAttempts || isDigestSuspect)
            throw new DownloadFailedException(DownloadOutcome.NotProven, $"block {open.Block} arrived {wrong.Times} times with bytes that its digest does not prove");
        scheduler.Reject(open.Block);
    }
}
