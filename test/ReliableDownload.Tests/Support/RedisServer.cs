using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Tests.Support;

/// <summary>A real redis-server of one test's own, on a free port, that keeps nothing on disk; it can be stopped and started again.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private Process? _process;

    private RedisServer(int port) => Port = port;

    public int Port { get; }

    /// <summary>Starts one. Where redis-server is not installed the test is skipped, but fails where nothing may be left out.</summary>
    public static async Task<RedisServer> StartAsync()
    {
        var isInstalled = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "redis-server")));
        Assert.SkipUnless(isInstalled || Environment.GetEnvironmentVariable("CI") == "true", "redis-server is not installed");
        while (true)
        {
            var server = new RedisServer(FreePort());
            if (await server.TryStartAgainAsync())
                return server;
            // Somebody else took the port meanwhile.
            await server.DisposeAsync();
        }
    }

    public async Task StartAgainAsync() => Assert.True(await TryStartAgainAsync());

    public async Task StopAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>What redis-cli prints for a command.</summary>
    public async Task<string> AskAsync(params string[] command)
    {
        var start = new ProcessStartInfo("redis-cli", ["-p", $"{Port}", .. command]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var client = Process.Start(start)!;
        var answer = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync();
        return answer.Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    private async Task<bool> TryStartAgainAsync()
    {
        string[] arguments = ["--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _folder.Path, "--save", "", "--appendonly", "no"];
        _process = Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
