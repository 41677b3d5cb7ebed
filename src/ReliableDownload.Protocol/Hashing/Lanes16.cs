using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>16 words in a vector of AVX-512, which has rotations and each function of three words as one instruction.</summary>
internal readonly unsafe struct Lanes16(Vector512<uint> words) : ILanes<Lanes16>
{
    private readonly Vector512<uint> _words = words;

    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator +(Lanes16 x, Lanes16 y) => new(x._words + y._words);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator ^(Lanes16 x, Lanes16 y) => new(x._words ^ y._words);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 All(uint word) => new(Vector512.Create(word));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 RotateLeft(Lanes16 x, [ConstantExpected] byte bits) => new(Avx512F.RotateLeft(x._words, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 ShiftRight(Lanes16 x, [ConstantExpected] byte bits) => new(x._words >>> bits);

    // Each control byte is the function's own truth table, for x = 0xF0, y = 0xCC, z = 0xAA.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Parity(Lanes16 x, Lanes16 y, Lanes16 z) => new(Avx512F.TernaryLogic(x._words, y._words, z._words, 0x96));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Choose(Lanes16 x, Lanes16 y, Lanes16 z) => new(Avx512F.TernaryLogic(x._words, y._words, z._words, 0xCA));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Majority(Lanes16 x, Lanes16 y, Lanes16 z) => new(Avx512F.TernaryLogic(x._words, y._words, z._words, 0xE8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ExtendSha1(Lanes16* words) => words[16] = RotateLeft(Parity(words[13], words[8], words[2]) ^ words[0], 1);

    /// <summary>Transposes 16 rows of 16 words: first 4 x 4 words within each quarter of four rows, then the quarters.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(byte** messages, Lanes16* words)
    {
        var quarters = (Vector512<uint>*)(words + 16);
        for (var row = 0; row < 16; row += 4)
        {
            var (a, b, c, d) = (Row(messages[row]), Row(messages[row + 1]), Row(messages[row + 2]), Row(messages[row + 3]));
            var (abLow, abHigh) = (Avx512F.UnpackLow(a, b).AsUInt64(), Avx512F.UnpackHigh(a, b).AsUInt64());
            var (cdLow, cdHigh) = (Avx512F.UnpackLow(c, d).AsUInt64(), Avx512F.UnpackHigh(c, d).AsUInt64());
            quarters[row / 4] = Avx512F.UnpackLow(abLow, cdLow).AsUInt32();
            quarters[(row / 4) + 4] = Avx512F.UnpackHigh(abLow, cdLow).AsUInt32();
            quarters[(row / 4) + 8] = Avx512F.UnpackLow(abHigh, cdHigh).AsUInt32();
            quarters[(row / 4) + 12] = Avx512F.UnpackHigh(abHigh, cdHigh).AsUInt32();
        }

        // 0x44, 0xEE: the lower, the upper two quarters of both; 0x88, 0xDD: the even, the odd ones.
        for (var word = 0; word < 4; word++)
        {
            var rows = quarters + (word * 4);
            var (low01, low23) = (Avx512F.Shuffle4x128(rows[0], rows[1], 0x44), Avx512F.Shuffle4x128(rows[2], rows[3], 0x44));
            var (high01, high23) = (Avx512F.Shuffle4x128(rows[0], rows[1], 0xEE), Avx512F.Shuffle4x128(rows[2], rows[3], 0xEE));
            words[word] = new(Avx512F.Shuffle4x128(low01, low23, 0x88));
            words[word + 4] = new(Avx512F.Shuffle4x128(low01, low23, 0xDD));
            words[word + 8] = new(Avx512F.Shuffle4x128(high01, high23, 0x88));
            words[word + 12] = new(Avx512F.Shuffle4x128(high01, high23, 0xDD));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Row(byte* message) => Avx512BW.Shuffle(Vector512.Load(message), BigEndian).AsUInt32();

    private static Vector512<byte> BigEndian
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0x0405060700010203, 0x0C0D0E0F08090A0B, 0x0405060700010203, 0x0C0D0E0F08090A0B,
            0x0405060700010203, 0x0C0D0E0F08090A0B, 0x0405060700010203, 0x0C0D0E0F08090A0B).AsByte();
    }
}
