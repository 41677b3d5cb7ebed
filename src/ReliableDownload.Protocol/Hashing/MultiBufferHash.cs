using System.Buffers;
using System.IO.Hashing;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>
/// Hashes blocks of equal length in parallel, up to three times as fast as one after the other, with the usual digests as the result.
/// It chooses by the processor and the number of blocks, and uses the framework's hash where nothing is
/// faster. For one thread; reusable, except after an exception, because blocks may then be partly processed.
/// </summary>
/// <param name="expectedBytes">How much will be hashed, if known.</param>
public sealed unsafe class MultiBufferHash(DigestAlgorithm algorithm, long expectedBytes = long.MaxValue) : IDisposable
{
    // One message at a time, the SHA instructions hash 1.9 GB/s (SHA-1) and 1.8 (SHA-256); 8 lanes hash 3.4 and 1.8 GB/s, twice 8 lanes
    // 4.4 (SHA-1), 16 lanes 5.3 and 3.2 (Zen 4; on Zen 5 8.3 and 5.6; bench/hashing). So fewer blocks than these do not pay off, nor do 8 lanes
    // of SHA-256 if there are SHA instructions.
    private const int LeastFor8 = 5;
    private const int LeastFor16 = 9;

    // The framework's hash loads OpenSSL at its first use, which takes as long as hashing this much in one lane of eight.
    private const int FewBytes = 512 << 10;

    private static readonly bool HasShaInstructions = X86Base.IsSupported && (X86Base.CpuId(7, 0).Ebx >> 29 & 1) != 0;

    private readonly Dictionary<int, VectorHash> _vectors = [];
    private readonly List<IncrementalHash> _singles = [];
    private readonly XxHash128 _fast = new();
    private readonly MemoryHandle[] _pins = new MemoryHandle[16];
    private int _count;

    /// <summary>The maximum number of blocks hashed in parallel; 1 if the framework's own hash is the fastest.</summary>
    public int Lanes { get; } = MaxLanes(algorithm);

    /// <summary>The <see cref="Lanes"/> of any hash of <paramref name="algorithm"/> on this processor.</summary>
    public static int MaxLanes(DigestAlgorithm algorithm) => algorithm == DigestAlgorithm.XxHash128 ? 1 : Has16Lanes(algorithm) ? 16 : Has8Lanes(algorithm) ? 8 : 1;

    /// <summary>
    /// Processes the next bytes of each block, the same amount of each. The number of blocks must not change within a group. Except in the
    /// last call for a group the length must be a multiple of 64. Memory aligned to 64 bytes is the fastest.
    /// </summary>
    public void Append(ReadOnlySpan<ReadOnlyMemory<byte>> slices)
    {
        ArgumentOutOfRangeException.ThrowIfZero(slices.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slices.Length, Lanes);
        if (_count == 0)
            _count = slices.Length;
        ArgumentOutOfRangeException.ThrowIfNotEqual(slices.Length, _count);
        foreach (var slice in slices)
            ArgumentOutOfRangeException.ThrowIfNotEqual(slice.Length, slices[0].Length);

        if (algorithm == DigestAlgorithm.XxHash128)
            _fast.Append(slices[0].Span);
        else if (Vectors() is { } vectors)
            AppendTo(vectors, slices);
        else
            AppendOneByOne(slices);
    }

    /// <summary>Writes the digests of the blocks, concatenated; the next <see cref="Append"/> starts a new group of blocks.</summary>
    public void Finish(Span<byte> digests)
    {
        var size = algorithm.Size;
        if (algorithm == DigestAlgorithm.XxHash128)
            _fast.GetHashAndReset(digests);
        else if (Vectors() is { } vectors)
            vectors.Finish(_count, digests);
        else
        {
            for (var i = 0; i < _count; i++)
                _singles[i].GetHashAndReset(digests[(i * size)..]);
        }

        _count = 0;
    }

    public void Dispose() => _singles.ForEach(static single => single.Dispose());

    private static bool HasAvx512 => Lanes16.IsSupported || LinkedLoops.HaveAvx512;

    private static bool HasAvx2 => Lanes8.IsSupported || LinkedLoops.HaveAvx2;

    private static bool Has16Lanes(DigestAlgorithm algorithm) =>
        HasAvx512 || (algorithm == DigestAlgorithm.Sha1 && HasAvx2);

    private static bool Has8Lanes(DigestAlgorithm algorithm) =>
        HasAvx2 && (algorithm == DigestAlgorithm.Sha1 || !HasShaInstructions);

    private VectorHash? Vectors()
    {
        var lanes = _count <= 8 && expectedBytes <= FewBytes && LinkedLoops.HaveAvx2 ? 8
            : _count >= LeastFor16 && Has16Lanes(algorithm) ? 16
            : _count >= LeastFor8 && Has8Lanes(algorithm) ? 8
            : 0;
        if (lanes == 0)
            return null;
        if (!_vectors.TryGetValue(lanes, out var vectors))
            _vectors.Add(lanes, vectors = new VectorHash(algorithm, lanes));
        return vectors;
    }

    private void AppendTo(VectorHash vectors, ReadOnlySpan<ReadOnlyMemory<byte>> slices)
    {
        var messages = stackalloc byte*[vectors.Lanes];
        try
        {
            for (var i = 0; i < slices.Length; i++)
                _pins[i] = slices[i].Pin();
            for (var lane = 0; lane < vectors.Lanes; lane++)
                messages[lane] = (byte*)_pins[lane < slices.Length ? lane : 0].Pointer;
            vectors.Append(messages, slices[0].Length);
        }
        finally
        {
            foreach (ref var pin in _pins.AsSpan())
                pin.Dispose();
        }
    }

    private void AppendOneByOne(ReadOnlySpan<ReadOnlyMemory<byte>> slices)
    {
        while (_singles.Count < slices.Length)
            _singles.Add(IncrementalHash.CreateHash(algorithm == DigestAlgorithm.Sha1 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256));
        for (var i = 0; i < slices.Length; i++)
            _singles[i].AppendData(slices[i].Span);
    }
}
