using System.Runtime.CompilerServices;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// The framework's threads, one for each processor, that wait for events on sockets. On Linux they also answer requests: handing a request
/// to the thread pool costs more than a small answer does. Each of them serves many clients, so nothing that runs on one may block.
/// </summary>
internal static class EventThread
{
    /// <summary>The environment variable that turns <see cref="AssertLeft"/> on, by the value 1. The tests set it.</summary>
    public const string CheckVariable = "RD_API_CHECK_THREADS";

    // Of System.Net.Sockets, which reads it when the first socket is made. It holds for all sockets of the process.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private const string ThreadName = ".NET Sockets";

    private static readonly bool IsChecked = Environment.GetEnvironmentVariable(CheckVariable) == "1";

    /// <summary>Whether requests are answered there. Only Linux tells whether a file can be opened and read without blocking.</summary>
    public static bool IsUsed => KernelSend.IsSupported;

    /// <summary>Whether this is one. Requests run only there and on the thread pool.</summary>
    public static bool IsCurrent => !Thread.CurrentThread.IsThreadPoolThread;

    /// <summary>Call before any socket is made.</summary>
    public static void Use()
    {
        if (IsUsed)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }

    /// <summary>
    /// Await it before anything that may block: the caller continues on the thread pool. Holds for the awaiting method alone; its callers
    /// may still continue where they were.
    /// </summary>
    public static ThreadPoolSwitch LeaveAsync() => default;

    /// <summary>Ends the process where a call that may block runs on an event thread; only with <see cref="CheckVariable"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AssertLeft([CallerMemberName] string call = "")
    {
        if (IsChecked && Thread.CurrentThread.Name == ThreadName)
            Environment.FailFast($"{call} may block, and runs on an event thread");
    }
}
