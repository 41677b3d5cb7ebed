using System.Diagnostics.CodeAnalysis;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>
/// A vector of 32-bit words, one for each message that is hashed side by side, with what SHA-1 and SHA-256 do to words (FIPS 180-4,
/// sections 3.2 and 4.1). Three: <see cref="Lanes16"/>, <see cref="Lanes8Twice"/>, <see cref="Lanes8"/>. All of it is inlined into the loops that use it.
/// </summary>
internal unsafe interface ILanes<T>
    where T : unmanaged, ILanes<T>
{
    /// <summary>The words of a vector.</summary>
    static abstract int Count { get; }

    static abstract T operator +(T x, T y);

    static abstract T operator ^(T x, T y);

    /// <summary>The same word in each lane.</summary>
    static abstract T All(uint word);

    static abstract T RotateLeft(T x, [ConstantExpected] byte bits);

    static abstract T ShiftRight(T x, [ConstantExpected] byte bits);

    static abstract T Parity(T x, T y, T z);

    static abstract T Choose(T x, T y, T z);

    static abstract T Majority(T x, T y, T z);

    /// <summary>Makes the word of SHA-1's message schedule 16 later (6.1.2).</summary>
    static abstract void ExtendSha1(T* words);

    /// <summary>Reads 16 big-endian words of each: vector i of <paramref name="words"/> gets all words i. 16 more are scratch.</summary>
    static abstract void Read(byte** messages, T* words);
}
