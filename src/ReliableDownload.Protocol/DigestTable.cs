using System.Security.Cryptography;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Protocol;

/// <summary>
/// The digests of a file's blocks, each known or pending. Memory is allocated in pieces as digests arrive, so that a claimed number of
/// blocks costs next to nothing, and no piece is larger than its blocks need. Not thread-safe: its owner locks.
/// </summary>
public sealed class DigestTable
{
    private const int PieceBlocks = 4096;

    // In bytes: the header and the length of an array, and of the table's own fields.
    private const int ArrayOverhead = 24;
    private const int TableOverhead = 64;

    private readonly Piece?[] _pieces;
    private readonly int _size;

    public DigestTable(DigestAlgorithm algorithm, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Algorithm = algorithm;
        Count = count;
        _size = algorithm.Size;
        _pieces = new Piece?[(count + PieceBlocks - 1) / PieceBlocks];
        HeldBytes = TableOverhead + ArrayOverhead + ((long)_pieces.Length * IntPtr.Size);
    }

    public DigestAlgorithm Algorithm { get; }

    /// <summary>The number of blocks, known or pending.</summary>
    public int Count { get; }

    /// <summary>How many digests are known.</summary>
    public int KnownCount { get; private set; }

    /// <summary>How many bytes of memory the table takes now, pending digests included.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Whether no digest is pending.</summary>
    public bool IsComplete => KnownCount == Count;

    public bool IsKnown(int block)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)block, (uint)Count);
        return _pieces[block / PieceBlocks] is { } piece && (piece.Known[block % PieceBlocks / 64] >> (block % 64) & 1) != 0;
    }

    /// <summary>The digest of a block, or nothing while it is pending.</summary>
    public ReadOnlySpan<byte> this[int block] =>
        IsKnown(block) ? _pieces[block / PieceBlocks]!.Digests.AsSpan(block % PieceBlocks * _size, _size) : default;

    /// <summary>Sets the digest of a block; a known one is replaced.</summary>
    public void Set(int block, ReadOnlySpan<byte> digest)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(digest.Length, _size);
        var isKnown = IsKnown(block);
        // Allocated before anything changes, so that the block stays pending if memory is exhausted.
        var piece = _pieces[block / PieceBlocks] ?? AddPiece(block / PieceBlocks);
        digest.CopyTo(piece.Digests.AsSpan(block % PieceBlocks * _size));
        piece.Known[block % PieceBlocks / 64] |= 1UL << (block % 64);
        if (!isKnown)
            KnownCount++;
    }

    /// <summary>Sets the digests of consecutive blocks, which <paramref name="digests"/> holds concatenated.</summary>
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

    /// <summary>Copies the digests of <paramref name="count"/> known blocks from <paramref name="first"/> on, concatenated.</summary>
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
        using var hash = new MultiBufferHash(DigestAlgorithm.Sha256, (long)Count * _size);
        // So that a table without blocks also has a root.
        hash.Append([ReadOnlyMemory<byte>.Empty]);
        for (var block = 0; block < Count; block += PieceBlocks)
            hash.Append([_pieces[block / PieceBlocks]!.Digests]);
        var root = new byte[SHA256.HashSizeInBytes];
        hash.Finish(root);
        return root;
    }

    private Piece AddPiece(int index)
    {
        var blocks = Math.Min(PieceBlocks, Count - (index * PieceBlocks));
        var piece = new Piece(new byte[blocks * _size], new ulong[(blocks + 63) / 64]);
        _pieces[index] = piece;
        HeldBytes += (3 * ArrayOverhead) + piece.Digests.Length + (piece.Known.Length * sizeof(ulong));
        return piece;
    }

    private sealed class Piece(byte[] digests, ulong[] known)
    {
        public readonly byte[] Digests = digests;

        // A bit for each block.
        public readonly ulong[] Known = known;
    }
}
