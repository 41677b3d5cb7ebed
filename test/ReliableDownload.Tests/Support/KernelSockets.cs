using System.Diagnostics;

namespace ReliableDownload.Tests.Support;

/// <summary>What the kernel says about the connections of a server, by <c>ss</c> of iproute2; see ss(8).</summary>
internal static class KernelSockets
{
    /// <param name="server">Its base address.</param>
    public static async Task<string> DescribeAsync(Uri server)
    {
        var start = new ProcessStartInfo("ss", ["--tcp", "--info", "--numeric", "--no-header", "sport", "=", $":{server.Port}"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var ss = Process.Start(start)!;
        var text = await ss.StandardOutput.ReadToEndAsync();
        await ss.WaitForExitAsync();
        return text;
    }
}
