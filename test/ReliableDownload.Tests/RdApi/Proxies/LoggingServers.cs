using System.Text.Json;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Proxies;

/// <summary>Servers that log whom they take for their client, one for each choice of options, for all tests of a class.</summary>
public sealed class LoggingServers : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, RdApiProcess> _servers = [];

    public LoggingServers() => File.WriteAllText(_folder["file"], "content");

    internal async Task<RdApiProcess> StartAsync(string options)
    {
        if (!_servers.TryGetValue(options, out var server))
        {
            string[] arguments = ["--access-log", "-", "--access-log-format", "json", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
            _servers[options] = server = await RdApiProcess.StartAsync(_folder.Path, arguments);
        }

        return server;
    }

    /// <summary>Who asked, as the server logged it.</summary>
    /// <param name="mark">A part of the target that no other request has.</param>
    internal static async Task<string?> ClientOfAsync(RdApiProcess server, string mark)
    {
        using var line = JsonDocument.Parse(await server.Process.Output.WaitForAsync(mark));
        return line.RootElement.GetProperty("client").GetString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
            await server.DisposeAsync();
        _folder.Dispose();
    }
}
