using System.Buffers;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// Reads claimed blocks and hashes them; for one worker alone. The file is opened for each claim, so that waiting jobs hold no descriptor,
/// and is compared with what it was before and after, so that digests of two contents never mix.
/// </summary>
internal sealed class BlockHasher(IWebRoot root)
{
    private byte[] _block = [];

    /// <summary>Hashes the blocks of <paramref name="claim"/> into <paramref name="digests"/>, one digest behind the other.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public HashOutcome Hash(Claim claim, IBufferWriter<byte> digests)
    {
        var (key, layout) = (claim.Job.Key, claim.Job.Digests.Layout);
        using var file = root.OpenFile(claim.Job.Path);
        if (file is null)
            return HashOutcome.Gone;
        if (file.Identity != key.Identity)
            return HashOutcome.Changed;
        if (_block.Length < layout.BlockSize)
            _block = GC.AllocateUninitializedArray<byte>(layout.BlockSize);

        for (var block = claim.Blocks.First; block < claim.Blocks.End; block++)
        {
            var data = _block.AsSpan(0, layout.Length(block));
            if (!TryRead(file, layout.Offset(block), data))
                return HashOutcome.Changed;
            key.Algorithm.Hash(data, digests.GetSpan(key.Algorithm.Size));
            digests.Advance(key.Algorithm.Size);
        }

        return root.Identify(claim.Job.Path) is not { } now ? HashOutcome.Gone
            : now == key.Identity ? HashOutcome.Hashed
            : HashOutcome.Changed;
    }

    /// <returns>False where the file ends before <paramref name="data"/> is full.</returns>
    private static bool TryRead(ServedFile file, long offset, Span<byte> data)
    {
        while (!data.IsEmpty)
        {
            var read = RandomAccess.Read(file.Handle, data, offset);
            if (read == 0)
                return false;
            offset += read;
            data = data[read..];
        }

        return true;
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
