using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Transfers;

/// <summary>Writes each block to its place in the part file, and notes in the journal what is there.</summary>
/// <param name="hash">Is given the whole file in order, as far as that costs nothing; null where nobody wants it.</param>
/// <param name="found">What is on disk already.</param>
/// <param name="isDoubtful">Whether the digests are only those of what came, so that they are noted: they find torn bytes later.</param>
internal sealed class PartSink(PartFile part, Journal journal, WholeFileHash? hash, FoundPlaces found, bool isDoubtful, TransferCounters counters) : IFileSink
{
    // Proving what was found competes with fetching; more threads than this only make the disk seek.
    private const int MaxFoundProvers = 2;

    private WrittenBlocks? _written;
    private long _length;

    public bool WantsDigests => true;

    public int? WindowOf(BlockLayout layout) => null;

    // What was found is on the disk, and is hashed from there.
    public int KeptBlocks(BlockLayout layout) => hash is null || found.All.Count > 0 ? 0 : WrittenBlocks.MaxKept(layout.BlockSize);

    public bool MayHave(int block) => found.Has(block);

    public long Load(OpenBlock open) => found.Load(open);

    public IEnumerable<Action> Loops(Transfer transfer, Scheduler scheduler, BlockMap map)
    {
        if (hash is not null)
        {
            var written = _written = new WrittenBlocks(map.Layout, KeptBlocks(map.Layout), scheduler);
            yield return () => hash.Follow(written, transfer, map.Layout, part);
        }

        for (var i = 0; map.HasFound && i < MaxFoundProvers; i++)
            yield return new FoundProver(transfer, scheduler, map, this, found.All, counters).Run;
    }

    public bool Put(OpenBlock open, ReadOnlySpan<byte> digest)
    {
        Write(new ByteRange(open.Start, open.Length), open.IsOnDisk ? default : open.Buffer.Span[..open.Length], digest, open.IsOnDisk);
        return _written?.Keep(open) != true;
    }

    /// <summary>Takes a whole block that was found and is proven.</summary>
    /// <param name="isOnDisk">Whether it is in its place already.</param>
    public void Put(int block, ByteRange range, ReadOnlySpan<byte> data, ReadOnlySpan<byte> digest, bool isOnDisk)
    {
        Write(range, data, digest, isOnDisk);
        _written?.Add(block);
    }

    public void SaveUnproven(ByteRange range, OpenBlock open)
    {
        if (!open.IsOnDisk)
            Write(range.Offset, open.At(range.Offset)[..(int)range.Length], isProven: false);
        Span<byte> digest = stackalloc byte[NotedRange.Algorithm.Size];
        if (isDoubtful)
            NotedRange.Algorithm.Hash(open.At(range.Offset)[..(int)range.Length], digest);
        lock (open)
        {
            // What it had was wrong, or of an older version; together with that the new bytes would be taken for a whole block, and wrong again.
            if (!open.IsNoted)
                Guard(() => journal.Forget(new ByteRange(open.Start, open.Length)));
            open.IsNoted = true;
            Note(range, digest);
        }
    }

    public void WriteUnproven(long offset, ReadOnlySpan<byte> data) => Write(offset, data, isProven: false);

    public void Read(long offset, Span<byte> data)
    {
        try
        {
            part.Read(offset, data);
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            throw DiskFailure.Of(error, part.Path);
        }
    }

    /// <summary>A block that was found in <paramref name="place"/> is complete: its copy there may go.</summary>
    public void Release(IFoundBlocks place, int block) => DiskFailure.Guard(part.Path, () => place.Release(block, Flush));

    public void Restart()
    {
        hash?.Restart();
        // The bytes of an earlier attempt lie there: what is zero now is written, too.
        if (_length > 0)
            part.Doubt();
        _length = 0;
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        // Nothing else writes there, so it need not be noted what is unproven.
        Write(_length, data, isProven: true);
        hash?.Append(_length, data, part);
        _length += data.Length;
    }

    public void Finish(long size) => DiskFailure.Guard(part.Path, () => part.SetLength(size));

    private void Flush()
    {
        part.Flush();
        journal.Flush();
        FileCalls.FlushPath(Path.GetDirectoryName(part.Path)!);
    }

    private void Write(ByteRange range, ReadOnlySpan<byte> data, ReadOnlySpan<byte> digest, bool isOnDisk)
    {
        if (isOnDisk)
            part.Prove(range);
        else
            Write(range.Offset, data, isProven: true);
        Note(range, digest);
    }

    private void Write(long offset, ReadOnlySpan<byte> data, bool isProven)
    {
        try
        {
            part.Write(offset, data, isProven);
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            throw DiskFailure.Of(error, part.Path);
        }
    }

    private void Note(ByteRange range, ReadOnlySpan<byte> digest)
    {
        var noted = new NotedRange(range, isDoubtful ? digest.ToArray() : null);
        Guard(() => journal.Add(noted));
    }

    private void Guard(Action action) => DiskFailure.Guard(part.Path, action);
}
