using System.Globalization;
using Microsoft.AspNetCore.Connections;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// The listening sockets that this process was started with (sd_listen_fds(3)). Whoever passed them keeps them open, so clients that
/// come during a restart wait for the next process instead of being refused.
/// </summary>
internal static class PassedSockets
{
    private const ulong First = 3; // SD_LISTEN_FDS_START
    private const int Most = 64;

    // FileDescriptorName= of the .socket unit.
    private const string RedirectName = "redirect";

    /// <exception cref="CannotStartException">There are more than anybody needs.</exception>
    public static IReadOnlyList<ListenPoint> Read(Func<string, string?> environment, int processId)
    {
        // They are meant for the process of that number, not for one that it starts.
        if (!OperatingSystem.IsLinux() || environment("LISTEN_PID") != processId.ToString(CultureInfo.InvariantCulture)
            || !int.TryParse(environment("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return [];
        if (count > Most)
            throw new CannotStartException($"LISTEN_FDS says that {count} sockets were passed; at most {Most} can be listened on");
        var names = (environment("LISTEN_FDNAMES") ?? "").Split(':');
        return [.. Enumerable.Range(0, count).Select(index => new ListenPoint(
            new FileHandleEndPoint(First + (ulong)index, FileHandleType.Auto), IsRedirect: index < names.Length && names[index] == RedirectName))];
    }
}
