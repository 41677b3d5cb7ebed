using System.Runtime.CompilerServices;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>SHA-1 (FIPS 180-4, section 6.1) of as many messages as a vector has lanes.</summary>
internal unsafe struct Sha1Compression : ICompression
{
    public static ReadOnlySpan<uint> InitialState => [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0];

    // 80 words, one more because they are extended by five, and the five variables.
    public static int ScheduleLength => 81 + 5;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress<T>(T* schedule, T* state)
        where T : unmanaged, ILanes<T>
    {
        var variables = schedule + 81;
        for (var i = 0; i < 5; i++)
            variables[i] = state[i];
        TwentyRounds<T, Choose>(0x5A827999, schedule, schedule + 64, variables);
        TwentyRounds<T, Parity>(0x6ED9EBA1, schedule + 20, schedule + 64, variables);
        TwentyRounds<T, Majority>(0x8F1BBCDC, schedule + 40, schedule + 64, variables);
        TwentyRounds<T, Parity>(0xCA62C1D6, schedule + 60, schedule + 64, variables);
        for (var i = 0; i < 5; i++)
            state[i] += variables[i];
    }

    /// <summary>The rounds of one function and constant, from word <paramref name="w"/> on.</summary>
    /// <param name="last">From here on the schedule need not be extended.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwentyRounds<T, TFunction>(uint constant, T* w, T* last, T* variables)
        where T : unmanaged, ILanes<T>
        where TFunction : IFunction
    {
        var k = T.All(constant);
        var (a, b, c, d, e) = (variables[0], variables[1], variables[2], variables[3], variables[4]);
        // Each round renames the variables; after five, each is in its place again.
        for (var end = w + 20; w < end; w += 5)
        {
            Round<T, TFunction>(a, ref b, c, d, ref e, w[0] + k);
            Round<T, TFunction>(e, ref a, b, c, ref d, w[1] + k);
            Round<T, TFunction>(d, ref e, a, b, ref c, w[2] + k);
            Round<T, TFunction>(c, ref d, e, a, ref b, w[3] + k);
            Round<T, TFunction>(b, ref c, d, e, ref a, w[4] + k);
            if (w >= last)
                continue;
            T.ExtendSha1(w);
            T.ExtendSha1(w + 1);
            T.ExtendSha1(w + 2);
            T.ExtendSha1(w + 3);
            T.ExtendSha1(w + 4);
        }

        (variables[0], variables[1], variables[2], variables[3], variables[4]) = (a, b, c, d, e);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<T, TFunction>(T a, ref T b, T c, T d, ref T e, T word)
        where T : unmanaged, ILanes<T>
        where TFunction : IFunction
    {
        e = e + word + TFunction.Of(b, c, d) + T.RotateLeft(a, 5);
        b = T.RotateLeft(b, 30);
    }

    private interface IFunction
    {
        static abstract T Of<T>(T x, T y, T z)
            where T : unmanaged, ILanes<T>;
    }

    private struct Choose : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T x, T y, T z)
            where T : unmanaged, ILanes<T> => T.Choose(x, y, z);
    }

    private struct Parity : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T x, T y, T z)
            where T : unmanaged, ILanes<T> => T.Parity(x, y, z);
    }

    private struct Majority : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Of<T>(T x, T y, T z)
            where T : unmanaged, ILanes<T> => T.Majority(x, y, z);
    }
}
