using System.Buffers.Binary;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>
/// Hashes messages of equal length in lock-step, each in one lane of the processor's vectors. For one thread. Unused lanes
/// process a copy of another lane's message.
/// </summary>
internal sealed unsafe class VectorHash
{
    // The maximum length of the end of a message with its padding (FIPS 180-4, section 5.1.1).
    private const int TailSize = 2 * LaneKernel.ChunkSize;

    private readonly delegate*<byte**, int, uint*, void> _take;
    private readonly uint[] _initialState;
    private readonly uint[] _state;
    private readonly byte[] _tails;
    private long _length;

    /// <param name="lanes">16 or 8; the processor must have them.</param>
    public VectorHash(DigestAlgorithm algorithm, int lanes)
    {
        Lanes = lanes;
        _take = (algorithm, lanes) switch
        {
            (DigestAlgorithm.Sha1, 16) when LinkedLoops.HaveAvx512 => &LinkedLoops.Sha1Avx512,
            (DigestAlgorithm.Sha1, 16) when LinkedLoops.HaveAvx2 => &LinkedLoops.Sha1Avx2Twice,
            (DigestAlgorithm.Sha1, _) when LinkedLoops.HaveAvx2 => &LinkedLoops.Sha1Avx2,
            (_, 16) when LinkedLoops.HaveAvx512 => &LinkedLoops.Sha256Avx512,
            (_, 8) when LinkedLoops.HaveAvx2 => &LinkedLoops.Sha256Avx2,
            (DigestAlgorithm.Sha1, 16) when Lanes16.IsSupported => &LaneKernel.Take<Lanes16, Sha1Compression>,
            (DigestAlgorithm.Sha1, 16) => &LaneKernel.Take<Lanes8Twice, Sha1Compression>,
            (DigestAlgorithm.Sha1, _) => &LaneKernel.Take<Lanes8, Sha1Compression>,
            (_, 16) => &LaneKernel.Take<Lanes16, Sha256Compression>,
            _ => &LaneKernel.Take<Lanes8, Sha256Compression>,
        };
        var initial = algorithm == DigestAlgorithm.Sha1 ? Sha1Compression.InitialState : Sha256Compression.InitialState;
        _initialState = new uint[initial.Length * lanes];
        for (var i = 0; i < _initialState.Length; i++)
            _initialState[i] = initial[i / lanes];
        _state = [.. _initialState];
        _tails = new byte[TailSize * lanes];
    }

    public int Lanes { get; }

    /// <summary>Processes the next bytes of each message. After a partial chunk only <see cref="Finish"/> may be called.</summary>
    public void Append(byte** messages, int length)
    {
        if (_length % LaneKernel.ChunkSize != 0)
            throw new InvalidOperationException($"Only the last bytes of a message may be no multiple of {LaneKernel.ChunkSize}.");
        fixed (uint* state = _state)
            _take(messages, length / LaneKernel.ChunkSize, state);
        for (var lane = 0; lane < Lanes; lane++)
            new ReadOnlySpan<byte>(messages[lane], length % LaneKernel.ChunkSize).CopyTo(_tails.AsSpan(lane * TailSize));
        _length += length;
    }

    /// <summary>Writes the digests of the first <paramref name="count"/> messages, concatenated, and resets the state.</summary>
    public void Finish(int count, Span<byte> digests)
    {
        Pad();
        var words = _state.Length / Lanes;
        for (var lane = 0; lane < count; lane++)
        {
            for (var word = 0; word < words; word++, digests = digests[sizeof(uint)..])
                BinaryPrimitives.WriteUInt32BigEndian(digests, _state[(word * Lanes) + lane]);
        }

        _initialState.CopyTo(_state, 0);
        _length = 0;
    }

    /// <summary>Ends the messages: a bit, zeros, and the length in bits as the last eight bytes of a chunk.</summary>
    private void Pad()
    {
        var rest = (int)(_length % LaneKernel.ChunkSize);
        var padded = rest < LaneKernel.ChunkSize - sizeof(ulong) ? LaneKernel.ChunkSize : TailSize;
        var messages = stackalloc byte*[Lanes];
        fixed (byte* tails = _tails)
        fixed (uint* state = _state)
        {
            for (var lane = 0; lane < Lanes; lane++)
            {
                messages[lane] = tails + (lane * TailSize);
                var padding = new Span<byte>(messages[lane], padded)[rest..];
                padding.Clear();
                padding[0] = 0x80;
                BinaryPrimitives.WriteInt64BigEndian(padding[^sizeof(ulong)..], _length * 8);
            }

            _take(messages, padded / LaneKernel.ChunkSize, state);
        }
    }
}
