using System.Security.Cryptography;

namespace ReliableDownload.Protocol;

/// <summary>
/// The digests of a file's blocks, each known or pending. Memory is taken in pieces as digests come, so that a promised number of
/// blocks costs nothing. Not safe for threads: its owner locks.
/// </summary>
public sealed class DigestTable
{
    private const int PieceBlocks = 4096;

    private readonly byte[]?[] _pieces;
    private readonly ulong[]?[] _known;
    private readonly int _size;

    public DigestTable(DigestAlgorithm algorithm, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Algorithm = algorithm;
        Count = count;
        _size = algorithm.Size;
        _pieces = new byte[]?[(count + PieceBlocks - 1) / PieceBlocks];
        _known = new ulong[]?[_pieces.Length];
    }

    public DigestAlgorithm Algorithm { get; }

    /// <summary>The number of blocks, known or pending.</summary>
    public int Count { get; }

    /// <summary>How many digests are known.</summary>
    public int KnownCount { get; private set; }

    /// <summary>Whether no digest is pending.</summary>
    public bool IsComplete => KnownCount == Count;

    public bool IsKnown(int block)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)block, (uint)Count);
        return _known[block / PieceBlocks] is { } bits && (bits[block % PieceBlocks / 64] >> (block % 64) & 1) != 0;
    }

    /// <summary>The digest of a block, or nothing while it is pending.</summary>
    public ReadOnlySpan<byte> this[int block] =>
        IsKnown(block) ? _pieces[block / PieceBlocks].AsSpan(block % PieceBlocks * _size, _size) : default;

    /// <summary>Puts in the digest of a block; a known one is replaced.</summary>
    public void Set(int block, ReadOnlySpan<byte> digest)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(digest.Length, _size);
        if (!IsKnown(block))
            KnownCount++;
        var piece = block / PieceBlocks;
        (_known[piece] ??= new ulong[PieceBlocks / 64])[block % PieceBlocks / 64] |= 1UL << (block % 64);
        digest.CopyTo((_pieces[piece] ??= new byte[PieceBlocks * _size]).AsSpan(block % PieceBlocks * _size));
    }

    /// <summary>Puts in the digests of consecutive blocks, <paramref name="digests"/> holding them one behind the other.</summary>
    public void SetRun(int first, ReadOnlySpan<byte> digests)
    {
        for (var block = first; !digests.IsEmpty; block++, digests = digests[_size..])
            Set(block, digests[.._size]);
    }

    /// <summary>How many consecutive blocks from <paramref name="first"/> on are known, <paramref name="limit"/> at most.</summary>
    public int KnownRun(int first, int limit)
    {
        var length = 0;
        while (length < limit && first + length < Count && IsKnown(first + length))
            length++;
        return length;
    }

    /// <summary>Copies the digests of <paramref name="count"/> known blocks from <paramref name="first"/> on, one behind the other.</summary>
    public byte[] Run(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(KnownRun(first, count), count);
        var run = new byte[count * _size];
        for (var i = 0; i < count; i++)
            this[first + i].CopyTo(run.AsSpan(i * _size));
        return run;
    }

    /// <summary>SHA-256 over all digests' bytes in order; the table must be complete.</summary>
    public byte[] Root()
    {
        if (!IsComplete)
            throw new InvalidOperationException("The root of a table with pending digests is not known.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var block = 0; block < Count; block += PieceBlocks)
            hash.AppendData(_pieces[block / PieceBlocks].AsSpan(0, Math.Min(PieceBlocks, Count - block) * _size));
        return hash.GetHashAndReset();
    }
}
