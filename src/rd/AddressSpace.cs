using System.Runtime.InteropServices;

namespace ReliableDownload.Rd;

/// <summary>
/// The limit of the process's addresses (<c>ulimit -v</c>). With too few of them the runtime neither works nor says so: at 300 MB it ended with a segmentation fault, at 500 MB
/// it waited forever. Linux only.
/// </summary>
internal static partial class AddressSpace
{
    /// <summary>Less than this is not enough, in bytes: from 600 MB on the runtime at least notices what is missing.</summary>
    public const ulong Least = 640 << 20;

    private const int Addresses = 9; // RLIMIT_AS

    /// <summary>In bytes; the largest number where there is no limit, or none that is known.</summary>
    public static unsafe ulong Limit
    {
        get
        {
            var limits = stackalloc ulong[2]; // The soft limit, which holds, and the hard one.
            return OperatingSystem.IsLinux() && Environment.Is64BitProcess && GetLimit(Addresses, limits) == 0 ? limits[0] : ulong.MaxValue;
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static unsafe partial int GetLimit(int resource, ulong* limits);
}
