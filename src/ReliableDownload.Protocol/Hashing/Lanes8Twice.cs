using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>
/// 16 words in two AVX2 vectors: while one waits for its last result the processor works on the other. This makes SHA-1 a third faster;
/// SHA-256 has no registers left for it and would take three times as long (measured, Zen 5).
/// </summary>
internal readonly unsafe struct Lanes8Twice(Lanes8 low, Lanes8 high) : ILanes<Lanes8Twice>
{
    private readonly Lanes8 _low = low;
    private readonly Lanes8 _high = high;

    public static bool IsSupported => Lanes8.IsSupported;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8Twice operator +(Lanes8Twice x, Lanes8Twice y) => new(x._low + y._low, x._high + y._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8Twice operator ^(Lanes8Twice x, Lanes8Twice y) => new(x._low ^ y._low, x._high ^ y._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8Twice All(uint word) => new(Lanes8.All(word), Lanes8.All(word));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8Twice RotateLeft(Lanes8Twice x, [ConstantExpected] byte bits) =>
        new(Lanes8.RotateLeft(x._low, bits), Lanes8.RotateLeft(x._high, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8Twice ShiftRight(Lanes8Twice x, [ConstantExpected] byte bits) =>
        new(Lanes8.ShiftRight(x._low, bits), Lanes8.ShiftRight(x._high, bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8Twice Parity(Lanes8Twice x, Lanes8Twice y, Lanes8Twice z) =>
        new(Lanes8.Parity(x._low, y._low, z._low), Lanes8.Parity(x._high, y._high, z._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8Twice Choose(Lanes8Twice x, Lanes8Twice y, Lanes8Twice z) =>
        new(Lanes8.Choose(x._low, y._low, z._low), Lanes8.Choose(x._high, y._high, z._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8Twice Majority(Lanes8Twice x, Lanes8Twice y, Lanes8Twice z) =>
        new(Lanes8.Majority(x._low, y._low, z._low), Lanes8.Majority(x._high, y._high, z._high));

    // One after the other: together they need more registers than there are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ExtendSha1(Lanes8Twice* words)
    {
        var halves = (Lanes8*)words;
        halves[32] = Lanes8.RotateLeft(Lanes8.Parity(halves[26], halves[16], halves[4]) ^ halves[0], 1);
        halves[33] = Lanes8.RotateLeft(Lanes8.Parity(halves[27], halves[17], halves[5]) ^ halves[1], 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(byte** messages, Lanes8Twice* words)
    {
        var halves = (Lanes8*)words;
        var scratch = halves + 32;
        Lanes8.Read(messages, halves, 2, scratch);
        Lanes8.Read(messages + 8, halves + 1, 2, scratch);
    }
}
