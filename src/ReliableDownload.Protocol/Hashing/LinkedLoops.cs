using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace ReliableDownload.Protocol.Hashing;

/// <summary>
/// The loops of <see cref="LaneKernel"/>, compiled for AVX2 and AVX-512 and linked into the native programs by src/kernels/build.sh. In
/// those programs <c>IsSupported</c> only reports what every x64 processor has. Pure.
/// </summary>
internal static unsafe partial class LinkedLoops
{
    private const string Library = "kernels";

    /// <summary>True in programs that are linked with the loops; in others nothing else here may be called.</summary>
    [FeatureSwitchDefinition("ReliableDownload.LinkedLoops")]
    private static bool AreThere => AppContext.TryGetSwitch("ReliableDownload.LinkedLoops", out var linked) && linked;

    private static readonly int VectorBits = AreThere ? AllowedVectorBits() : 0;

    public static bool HaveAvx2 => AreThere && VectorBits >= 256;

    public static bool HaveAvx512 => AreThere && VectorBits >= 512;

    [LibraryImport(Library, EntryPoint = "rd_Sha1Avx2")]
    public static partial void Sha1Avx2(byte** messages, int chunks, uint* state);

    [LibraryImport(Library, EntryPoint = "rd_Sha1Avx2Twice")]
    public static partial void Sha1Avx2Twice(byte** messages, int chunks, uint* state);

    [LibraryImport(Library, EntryPoint = "rd_Sha1Avx512")]
    public static partial void Sha1Avx512(byte** messages, int chunks, uint* state);

    [LibraryImport(Library, EntryPoint = "rd_Sha256Avx2")]
    public static partial void Sha256Avx2(byte** messages, int chunks, uint* state);

    [LibraryImport(Library, EntryPoint = "rd_Sha256Avx512")]
    public static partial void Sha256Avx512(byte** messages, int chunks, uint* state);

    // The variables that control the just-in-time compiler in the same way; benchmarks and tests set them.
    private static int AllowedVectorBits() =>
        IsOff("DOTNET_EnableAVX2") ? 0 : Math.Min(VectorBitsOfProcessor(), IsOff("DOTNET_EnableAVX512") ? 256 : 512);

    private static bool IsOff(string variable) => Environment.GetEnvironmentVariable(variable) == "0";

    [LibraryImport(Library, EntryPoint = "rd_vector_bits")]
    private static partial int VectorBitsOfProcessor();
}
