using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Kernel;
using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Reads and hashes claimed blocks, many in lock-step; used by one worker. The file is opened for each claim, so that waiting jobs hold
/// no descriptor, and its identity is compared before and after, so that digests of two contents never mix.
/// </summary>
internal sealed class BlockHasher(IWebRoot root, FetchedPages fetched)
{
    private const int MaxLanes = 16;

    // Bytes of each block read at a time: small enough for a processor's own cache, large enough to need few calls (measured: 16 KiB took
    // 10 % more time, 128 KiB no less).
    private const int SliceSize = 64 << 10;

    // In bytes. Slices starting at the same offset within a page would evict each other from the level 1 cache: 6 % (measured).
    private const int Stride = SliceSize + 4096 + 64;

    private readonly Memory<byte> _buffer = AlignedMemory(MaxLanes * Stride);
    private readonly ReadOnlyMemory<byte>[] _slices = new ReadOnlyMemory<byte>[MaxLanes];
    private readonly ZeroBlock _zeros = new();

    /// <summary>Hashes the blocks of <paramref name="claim"/> into <paramref name="digests"/>, concatenated.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public HashOutcome Hash(Claim claim, IBufferWriter<byte> digests)
    {
        using var file = Open(claim.Job, out var path, out var outcome);
        if (file is null)
            return outcome;
        var isRead = claim.Job.Whole is { } whole ? TryHash(claim, whole, file.Handle, path) : TryHash(claim, file.Handle, path, digests);
        if (!isRead)
            return HashOutcome.Changed;
        if (root.Identify(path) is not { } now)
            return HashOutcome.Gone;
        if (now != claim.Job.Key.Identity)
            return HashOutcome.Changed;
        if (claim.Job.Whole is not { } hashed)
            return HashOutcome.Hashed;
        if (hashed.Position < claim.Job.Key.Identity.Size)
            return HashOutcome.Begun;
        hashed.Finish(digests);
        return HashOutcome.Hashed;
    }

    /// <summary>Opens the file by one of its names; others may have been renamed or removed since.</summary>
    /// <param name="outcome">The reason if the result is null.</param>
    private ServedFile? Open(HashJob job, out RequestPath path, out HashOutcome outcome)
    {
        outcome = HashOutcome.Gone;
        var paths = job.Paths;
        for (var i = paths.Count - 1; i >= 0; i--)
        {
            path = paths[i];
            if (root.OpenFile(path) is not { } file)
                continue;
            if (file.Identity == job.Key.Identity)
                return file;
            file.Dispose();
            // One that was removed just after it was opened has another change time, too.
            if (root.Identify(path) is not null)
                outcome = HashOutcome.Changed;
        }

        path = default;
        return null;
    }

    /// <summary>Reads and hashes the claim; nothing is read if all of it is a hole.</summary>
    /// <returns>False if the file ends earlier.</returns>
    private bool TryHash(Claim claim, SafeFileHandle file, RequestPath path, IBufferWriter<byte> digests)
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
            fetched.Add(path, claim.Job.Key.Identity, start, end - start);
        return true;
    }

    /// <summary>Reads and hashes the next part of a whole file, in order; a hole is not read.</summary>
    /// <returns>False if the file ends earlier.</returns>
    private bool TryHash(Claim claim, WholeHash whole, SafeFileHandle file, RequestPath path)
    {
        var (start, end) = (whole.Position, Math.Min(whole.Position + WholeHash.PartSize, claim.Job.Key.Identity.Size));
        var isHole = end > start && Holes.Cover(file, start, end);
        var isFetched = !isHole && claim.Job.MissingRegions.Contains(file, start, end);
        if (isFetched)
            PageCache.Fetch(file, start, end - start);
        if (isHole)
            _buffer.Span.Clear();
        while (whole.Position < end)
        {
            var slice = _buffer.Span[..(int)Math.Min(MaxLanes * SliceSize, end - whole.Position)];
            if (!isHole && !TryRead(file, whole.Position, slice))
                return false;
            whole.Append(slice);
        }

        if (isFetched)
            fetched.Add(path, claim.Job.Key.Identity, start, end - start);
        return true;
    }

    /// <summary>Reads blocks of equal length, a slice of each in turn.</summary>
    /// <returns>False if the file ends earlier.</returns>
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

    /// <returns>False if the file ends before <paramref name="data"/> is full.</returns>
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

    // A vector that spans two cache lines costs twice as much.
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

    /// <summary>A part of a whole file; the next one is to be claimed again.</summary>
    Begun,

    /// <summary>The file has changed.</summary>
    Changed,

    /// <summary>The file no longer exists.</summary>
    Gone,
}
