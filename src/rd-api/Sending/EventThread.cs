namespace ReliableDownload.Api.Sending;

/// <summary>
/// The threads, one for each processor, by which the framework hears what the kernel has to say about sockets. On Linux requests are also
/// answered there: handing each over to the thread pool costs more than a small answer does. So while one of them waits for anything else
/// than a socket, many clients do: what may have to, leaves first.
/// </summary>
internal static class EventThread
{
    // Of System.Net.Sockets; it is read when the first socket is made.
    private const string Setting = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Whether requests are answered there; elsewhere nothing tells what would have to wait.</summary>
    public static bool IsUsed => KernelSend.IsSupported;

    /// <summary>Whether this is one. The caller answers requests, so that it can only be of the thread pool otherwise.</summary>
    public static bool IsCurrent => !Thread.CurrentThread.IsThreadPoolThread;

    /// <summary>To be called before any socket is made.</summary>
    public static void Use()
    {
        if (IsUsed)
            Environment.SetEnvironmentVariable(Setting, "1");
    }

    /// <summary>Goes on where waiting harms nobody.</summary>
    public static ValueTask LeaveAsync() => IsCurrent ? YieldAsync() : default;

    private static async ValueTask YieldAsync() => await Task.Yield();
}
