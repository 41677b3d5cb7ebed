using System.Buffers;
using System.Security.Cryptography;

namespace ReliableDownload.Api.Hashing;

/// <summary>
/// The hash of a whole file, which has to be computed in order: workers take turns at it, a part each, so that other jobs get theirs between. Used by
/// one worker at a time.
/// </summary>
internal sealed class WholeHash
{
    /// <summary>The bytes of one claim: 20 ms from memory, so that nobody waits long for a turn.</summary>
    public const int PartSize = 32 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>How many bytes have been hashed.</summary>
    public long Position { get; private set; }

    public void Append(ReadOnlySpan<byte> data)
    {
        _hash.AppendData(data);
        Position += data.Length;
    }

    /// <summary>The end of the file was reached; nothing can be appended any more.</summary>
    public void Finish(IBufferWriter<byte> digest)
    {
        digest.Write(_hash.GetHashAndReset());
        _hash.Dispose();
    }
}
