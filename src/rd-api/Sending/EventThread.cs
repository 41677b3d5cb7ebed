using System.Runtime.CompilerServices;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// The framework's threads, one per processor, that wait for socket events. On Linux they also answer requests, because handing a request
/// to the thread pool costs more than a small answer. Each of them serves many clients, so nothing that runs on one may block.
/// </summary>
internal static class EventThread
{
    /// <summary>The environment variable that turns <see cref="AssertLeft"/> on, by the value 1. The tests set it.</summary>
    public const string CheckVariable = "RD_API_CHECK_THREADS";

    // Read by System.Net.Sockets when the first socket is created. It applies to all sockets of the process.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private const string ThreadName = ".NET Sockets";

    private static readonly bool IsChecked = Environment.GetEnvironmentVariable(CheckVariable) == "1";

    /// <summary>
    /// Whether requests are answered on event threads. Only Linux can tell whether a file can be opened and read without blocking; and where
    /// a handshake takes a millisecond of computing, an event thread's other clients would wait for it.
    /// </summary>
    public static bool IsUsed(RdApiOptions options) => KernelSend.IsSupported && options.Tls is null;

    /// <summary>Whether the current thread is an event thread. Requests run only on those and on the thread pool.</summary>
    public static bool IsCurrent => !Thread.CurrentThread.IsThreadPoolThread;

    /// <summary>Must be called before any socket is created.</summary>
    public static void Use(RdApiOptions options)
    {
        if (IsUsed(options))
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }

    /// <summary>
    /// To be awaited before anything that may block: the caller continues on the thread pool. This applies only to the awaiting method; its
    /// callers may still continue on the event thread.
    /// </summary>
    public static ThreadPoolSwitch LeaveAsync() => default;

    /// <summary>Ends the process if a call that may block runs on an event thread; only with <see cref="CheckVariable"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AssertLeft([CallerMemberName] string call = "")
    {
        if (IsChecked && Thread.CurrentThread.Name == ThreadName)
            Environment.FailFast($"{call} may block, and runs on an event thread");
    }
}
