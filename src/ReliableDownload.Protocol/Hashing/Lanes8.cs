using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>8 words in a vector of AVX2.</summary>
internal readonly unsafe struct Lanes8(Vector256<uint> words) : ILanes<Lanes8>
{
    private readonly Vector256<uint> _words = words;

    public static bool IsSupported => Avx2.IsSupported;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 operator +(Lanes8 x, Lanes8 y) => new(x._words + y._words);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 operator ^(Lanes8 x, Lanes8 y) => new(x._words ^ y._words);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 All(uint word) => new(Vector256.Create(word));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 RotateLeft(Lanes8 x, [ConstantExpected] byte bits) => new((x._words << bits) | (x._words >>> (32 - bits)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 ShiftRight(Lanes8 x, [ConstantExpected] byte bits) => new(x._words >>> bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Parity(Lanes8 x, Lanes8 y, Lanes8 z) => new(x._words ^ y._words ^ z._words);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Choose(Lanes8 x, Lanes8 y, Lanes8 z) => new(z._words ^ (x._words & (y._words ^ z._words)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Majority(Lanes8 x, Lanes8 y, Lanes8 z) => new((x._words & y._words) | (z._words & (x._words | y._words)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ExtendSha1(Lanes8* words) => words[16] = RotateLeft(Parity(words[13], words[8], words[2]) ^ words[0], 1);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(byte** messages, Lanes8* words) => Read(messages, words, 1, words + 16);

    /// <summary>Transposes 8 rows of 8 words, twice: first 4 x 4 words within each half of four rows, then the halves.</summary>
    /// <param name="stride">How many vectors apart <paramref name="words"/> are.</param>
    /// <param name="scratch">Eight vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(byte** messages, Lanes8* words, int stride, Lanes8* scratch)
    {
        var halves = (Vector256<uint>*)scratch;
        for (var offset = 0; offset < 64; offset += 32)
        {
            for (var row = 0; row < 8; row += 4)
            {
                var (a, b) = (Row(messages[row] + offset), Row(messages[row + 1] + offset));
                var (c, d) = (Row(messages[row + 2] + offset), Row(messages[row + 3] + offset));
                var (abLow, abHigh) = (Avx2.UnpackLow(a, b).AsUInt64(), Avx2.UnpackHigh(a, b).AsUInt64());
                var (cdLow, cdHigh) = (Avx2.UnpackLow(c, d).AsUInt64(), Avx2.UnpackHigh(c, d).AsUInt64());
                halves[row] = Avx2.UnpackLow(abLow, cdLow).AsUInt32();
                halves[row + 1] = Avx2.UnpackHigh(abLow, cdLow).AsUInt32();
                halves[row + 2] = Avx2.UnpackLow(abHigh, cdHigh).AsUInt32();
                halves[row + 3] = Avx2.UnpackHigh(abHigh, cdHigh).AsUInt32();
            }

            // 0x20: the lower halves of both; 0x31: the upper ones.
            var target = words + (offset / 4 * stride);
            for (var word = 0; word < 4; word++)
            {
                target[word * stride] = new(Avx2.Permute2x128(halves[word], halves[word + 4], 0x20));
                target[(word + 4) * stride] = new(Avx2.Permute2x128(halves[word], halves[word + 4], 0x31));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Row(byte* message) => Avx2.Shuffle(Vector256.Load(message), BigEndian).AsUInt32();

    private static Vector256<byte> BigEndian
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256.Create(0x0405060700010203, 0x0C0D0E0F08090A0B, 0x0405060700010203, 0x0C0D0E0F08090A0B).AsByte();
    }
}
