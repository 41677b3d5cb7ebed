using System.Buffers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Hashing;

/// <summary>The digest of a block of zeros, remembered because the next ones usually have the same length. Used by one worker.</summary>
internal sealed class ZeroBlock
{
    private readonly byte[] _digest = new byte[DigestAlgorithms.MaxSize];
    private (DigestAlgorithm Algorithm, int Length)? _known;

    public void WriteDigest(DigestAlgorithm algorithm, int length, IBufferWriter<byte> digests)
    {
        if (_known != (algorithm, length))
        {
            algorithm.Hash(new byte[length], _digest);
            _known = (algorithm, length);
        }

        digests.Write(_digest.AsSpan(0, algorithm.Size));
    }
}
