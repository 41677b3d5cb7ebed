using System.Runtime.CompilerServices;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>SHA-256 (FIPS 180-4, section 6.2) of as many messages as a vector has lanes.</summary>
internal unsafe struct Sha256Compression : ICompression
{
    public static ReadOnlySpan<uint> InitialState =>
        [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19];

    public static int ScheduleLength => 64;

    // Section 4.2.2.
    private static ReadOnlySpan<uint> Constants =>
    [
        0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
        0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
        0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
        0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
        0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
        0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
        0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
        0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
    ];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress<T>(T* schedule, T* state)
        where T : unmanaged, ILanes<T>
    {
        var (a, b, c, d, e, f, g, h) = (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]);
        fixed (uint* constants = Constants)
        {
            // Each round renames the variables; after eight, each is in its place again.
            for (var t = 0; t < 64; t += 8)
            {
                var w = schedule + t;
                var k = constants + t;
                Round(a, b, c, ref d, e, f, g, ref h, w[0] + T.All(k[0]));
                Round(h, a, b, ref c, d, e, f, ref g, w[1] + T.All(k[1]));
                Round(g, h, a, ref b, c, d, e, ref f, w[2] + T.All(k[2]));
                Round(f, g, h, ref a, b, c, d, ref e, w[3] + T.All(k[3]));
                Round(e, f, g, ref h, a, b, c, ref d, w[4] + T.All(k[4]));
                Round(d, e, f, ref g, h, a, b, ref c, w[5] + T.All(k[5]));
                Round(c, d, e, ref f, g, h, a, ref b, w[6] + T.All(k[6]));
                Round(b, c, d, ref e, f, g, h, ref a, w[7] + T.All(k[7]));
                if (t >= 48)
                    continue;
                Extend(w);
                Extend(w + 1);
                Extend(w + 2);
                Extend(w + 3);
                Extend(w + 4);
                Extend(w + 5);
                Extend(w + 6);
                Extend(w + 7);
            }
        }

        (state[0], state[1], state[2], state[3]) = (state[0] + a, state[1] + b, state[2] + c, state[3] + d);
        (state[4], state[5], state[6], state[7]) = (state[4] + e, state[5] + f, state[6] + g, state[7] + h);
    }

    // Rotations to the right by n are rotations to the left by 32 - n.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<T>(T a, T b, T c, ref T d, T e, T f, T g, ref T h, T word)
        where T : unmanaged, ILanes<T>
    {
        h = h + word + T.Choose(e, f, g) + T.Parity(T.RotateLeft(e, 32 - 6), T.RotateLeft(e, 32 - 11), T.RotateLeft(e, 32 - 25));
        d += h;
        h = h + T.Majority(a, b, c) + T.Parity(T.RotateLeft(a, 32 - 2), T.RotateLeft(a, 32 - 13), T.RotateLeft(a, 32 - 22));
    }

    /// <summary>Makes the word of the round 16 later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extend<T>(T* w)
        where T : unmanaged, ILanes<T>
    {
        var sigma0 = T.Parity(T.RotateLeft(w[1], 32 - 7), T.RotateLeft(w[1], 32 - 18), T.ShiftRight(w[1], 3));
        var sigma1 = T.Parity(T.RotateLeft(w[14], 32 - 17), T.RotateLeft(w[14], 32 - 19), T.ShiftRight(w[14], 10));
        w[16] = w[0] + sigma0 + (w[9] + sigma1);
    }
}
