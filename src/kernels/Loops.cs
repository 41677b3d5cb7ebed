using System.Runtime.CompilerServices;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Kernels;

/// <summary>What build.sh takes from here, by these names. They allocate nothing and call nothing of the runtime.</summary>
internal static unsafe class Loops
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Sha1Avx2(byte** messages, int chunks, uint* state) => LaneKernel.Take<Lanes8, Sha1Compression>(messages, chunks, state);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Sha1Avx2Twice(byte** messages, int chunks, uint* state) =>
        LaneKernel.Take<Lanes8Twice, Sha1Compression>(messages, chunks, state);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Sha1Avx512(byte** messages, int chunks, uint* state) => LaneKernel.Take<Lanes16, Sha1Compression>(messages, chunks, state);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Sha256Avx2(byte** messages, int chunks, uint* state) => LaneKernel.Take<Lanes8, Sha256Compression>(messages, chunks, state);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Sha256Avx512(byte** messages, int chunks, uint* state) => LaneKernel.Take<Lanes16, Sha256Compression>(messages, chunks, state);
}
