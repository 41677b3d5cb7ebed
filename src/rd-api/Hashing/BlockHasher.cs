using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Kernel;
using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Reads claimed blocks and hashes them, many in lock-step; for one worker alone. The file is opened for each claim, so that waiting jobs
/// hold no descriptor, and is compared with what it was before and after, so that digests of two contents never mix.
/// </summary>
/// <param name="keptBytes">How much of a file that had to be fetched from the disk may stay in the page cache.</param>
internal sealed class BlockHasher(IWebRoot root, long keptBytes)
{
    private const int MaxLanes = 16;

    // In bytes, of each block at a time: small enough for a processor's own cache, large enough for few calls (measured: 16 KiB took
    // 10 % more time, 128 KiB none less).
    private const int SliceSize = 64 << 10;

    // In bytes. Slices that began at the same place of a page would push each other out of the cache's nearest level: 6 % (measured).
    private const int Stride = SliceSize + 4096 + 64;

    private readonly Memory<byte> _buffer = AlignedMemory(MaxLanes * Stride);
    private readonly ReadOnlyMemory<byte>[] _slices = new ReadOnlyMemory<byte>[MaxLanes];
    private readonly ZeroBlock _zeros = new();

    /// <summary>Hashes the blocks of <paramref name="claim"/> into <paramref name="digests"/>, one digest behind the other.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public HashOutcome Hash(Claim claim, IBufferWriter<byte> digests)
    {
        var key = claim.Job.Key;
        using var file = root.OpenFile(claim.Job.Path);
        if (file is null)
            return HashOutcome.Gone;
        if (file.Identity != key.Identity)
            return HashOutcome.Changed;

        if (!TryHash(claim, file.Handle, digests))
            return HashOutcome.Changed;
        return root.Identify(claim.Job.Path) is not { } now ? HashOutcome.Gone
            : now == key.Identity ? HashOutcome.Hashed
            : HashOutcome.Changed;
    }

    /// <summary>Reads and hashes what is claimed; nothing is read where all of it is a hole.</summary>
    /// <returns>False where the file ends before.</returns>
    private bool TryHash(Claim claim, SafeFileHandle file, IBufferWriter<byte> digests)
    {
        var (algorithm, layout, blocks) = (claim.Job.Key.Algorithm, claim.Job.Digests.Layout, claim.Blocks);
        var (start, end) = (layout.Offset(blocks.First), layout.Offset(blocks.End));
        if (Holes.Cover(file, start, end))
        {
            for (var block = blocks.First; block < blocks.End; block++)
                _zeros.WriteDigest(algorithm, layout.Length(block), digests);
            return true;
        }

        var isFetched = claim.Job.MissingRegions.Contains(file, start, end);
        if (isFetched)
            PageCache.Fetch(file, start, end - start);

        using var hash = new MultiBufferHash(algorithm);
        for (int block = blocks.First, count; block < blocks.End; block += count)
        {
            count = Math.Min(hash.Lanes, blocks.End - block);
            // The last block of a file may be shorter; it is hashed alone.
            if (layout.Length(block + count - 1) < layout.Length(block))
                count--;
            if (!TryHash(file, layout, new BlockRun(block, count), hash))
                return false;
            hash.Finish(digests.GetSpan(count * algorithm.Size));
            digests.Advance(count * algorithm.Size);
        }

        if (isFetched)
        {
            foreach (var (offset, length) in claim.Job.FetchedPages.Add(start, end - start, keptBytes))
                PageCache.Drop(file, offset, length);
        }

        return true;
    }

    /// <summary>Reads blocks of one length, a slice of each in turn.</summary>
    /// <returns>False where the file ends before them.</returns>
    private bool TryHash(SafeFileHandle file, BlockLayout layout, BlockRun blocks, MultiBufferHash hash)
    {
        var length = layout.Length(blocks.First);
        for (var offset = 0; offset < length; offset += SliceSize)
        {
            var size = Math.Min(SliceSize, length - offset);
            for (var i = 0; i < blocks.Count; i++)
            {
                var slice = _buffer.Slice(i * Stride, size);
                if (!TryRead(file, layout.Offset(blocks.First + i) + offset, slice.Span))
                    return false;
                _slices[i] = slice;
            }

            hash.Append(_slices.AsSpan(0, blocks.Count));
        }

        return true;
    }

    /// <returns>False where the file ends before <paramref name="data"/> is full.</returns>
    private static bool TryRead(SafeFileHandle file, long offset, Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            var read = RandomAccess.Read(file, data, offset);
            if (read == 0)
                return false;
            offset += read;
            data = data[read..];
        }

        return true;
    }

    // Each vector that lies across two cache lines costs twice.
    private static Memory<byte> AlignedMemory(int size)
    {
        const int cacheLine = 64;
        var memory = GC.AllocateUninitializedArray<byte>(size + cacheLine, pinned: true);
        var start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) & (cacheLine - 1));
        return MemoryMarshal.CreateFromPinnedArray(memory, start, size);
    }
}

/// <summary>How the hashing of some blocks ended.</summary>
internal enum HashOutcome
{
    Hashed,

    /// <summary>The file is not any more what it was.</summary>
    Changed,

    /// <summary>There is no such file any more.</summary>
    Gone,
}
