using System.Runtime.InteropServices;

namespace ReliableDownload.Api.Kernel;

/// <summary>How many descriptors this process may have open (RLIMIT_NOFILE of getrlimit(2)).</summary>
internal static unsafe partial class DescriptorLimit
{
    /// <summary>The limit; <see cref="long.MaxValue"/> if there is none, as on Windows. The runtime has already raised it as far as this user may.</summary>
    public static long Value
    {
        get
        {
            if (OperatingSystem.IsWindows())
                return long.MaxValue;
            var openFiles = OperatingSystem.IsLinux() ? 7 : 8;
            Limit limit;
            return GetLimit(openFiles, &limit) == 0 ? (long)Math.Min(limit.Current, long.MaxValue) : long.MaxValue;
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, Limit* limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Current;
        public ulong Max;
    }
}
