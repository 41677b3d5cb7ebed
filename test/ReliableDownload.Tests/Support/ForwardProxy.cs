using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ReliableDownload.Tests.Support;

/// <summary>Somebody else's proxy, real and from Debian, with a user name and password. Killed when disposed of.</summary>
internal sealed partial class ForwardProxy : IAsyncDisposable
{
    public const string User = "me";

    // A port can be taken between finding it free and listening there.
    private const int MaxTries = 5;

    private readonly TempFolder _own;
    private readonly ProcessRunner _process;

    private ForwardProxy(ProcessRunner process, TempFolder own, int port, string password) => (_process, _own, Port, Password) = (process, own, port, password);

    public int Port { get; }

    public string Password { get; }

    /// <summary>User name, password, host and port, as they stand in a URL.</summary>
    public string Authority => $"{User}:{Uri.EscapeDataString(Password)}@127.0.0.1:{Port}";

    /// <summary>What it said so far of requests.</summary>
    public string Log => _process.Output.Text + _process.Error.Text;

    /// <summary>Waits until it has said this.</summary>
    public Task SaysAsync(string part) => Eventually.IsTrueAsync(() => Log.Contains(part, StringComparison.Ordinal), $"the proxy says {part}");

    /// <summary>tinyproxy, of HTTP. It insists on being told a port, and takes only plain words for passwords.</summary>
    public static async Task<ForwardProxy> HttpAsync()
    {
        const string password = "s3cret";
        for (var tries = 1; ; tries++)
        {
            var own = new TempFolder();
            var port = FreePort.Find();
            await File.WriteAllTextAsync(own["conf"], $"Port {port}\nListen 127.0.0.1\nLogLevel Connect\nBasicAuth {User} {password}\n");
            var proxy = new ForwardProxy(ProcessRunner.Start("/usr/bin/env", ["tinyproxy", "-d", "-c", own["conf"]]), own, port, password);
            await proxy._process.WhenReadyAsync(() => Eventually.IsTrueAsync(() => proxy.Listens() || proxy._process.HasExited, "tinyproxy listens"), own);
            if (!proxy._process.HasExited)
                return proxy;
            Assert.True(tries < MaxTries, proxy.Log);
            await proxy.DisposeAsync();
        }
    }

    /// <summary>microsocks, of SOCKS 5.</summary>
    public static async Task<ForwardProxy> SocksAsync()
    {
        const string password = "s3cret:@/ä";
        var process = ProcessRunner.Start("/usr/bin/env", ["microsocks", "-i", "127.0.0.1", "-p", "0", "-u", User, "-P", password]);
        var port = 0;
        await process.WhenReadyAsync(() => Eventually.IsTrueAsync(async () => (port = await PortOfAsync(process.Id)) != 0, "microsocks listens"));
        return new ForwardProxy(process, new TempFolder(), port, password);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _own.Dispose();
    }

    private static async Task<int> PortOfAsync(int process)
    {
        await using var ss = ProcessRunner.Start("/usr/bin/env", ["ss", "--listening", "--tcp", "--numeric", "--processes", "--no-header"]);
        await ss.WaitForExitAsync();
        var line = ss.Output.Text.Split('\n').FirstOrDefault(line => line.Contains($"pid={process},", StringComparison.Ordinal));
        return line is not null && PortInLine().Match(line) is { Success: true } found ? int.Parse(found.Groups["port"].Value) : 0;
    }

    private bool Listens()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"127\.0\.0\.1:(?<port>\d+)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex PortInLine();
}
