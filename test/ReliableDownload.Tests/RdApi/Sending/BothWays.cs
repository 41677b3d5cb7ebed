using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Sending;

/// <summary>A folder that is served both with and without TLS, for all tests of a class.</summary>
public sealed class BothWays : IAsyncLifetime
{
    private readonly ServedFolder _folder = new();
    private readonly Dictionary<string, (HttpClient Client, Version Version, int Process)> _ways = [];
    private TlsServer? _tls;

    internal string this[string name] => _folder[name];

    /// <param name="way"><c>kernel</c>, or through memory, <c>TLS</c>.</param>
    internal (HttpClient Client, Version Version, int Process) To(string way) => _ways[way];

    public async ValueTask InitializeAsync()
    {
        await _folder.InitializeAsync();
        _tls = await TlsServer.StartAsync(_folder.Path, tlsFirst: true);
        _ways["kernel"] = (_folder.Server.Client, HttpVersion.Version11, _folder.Server.Process.Id);
        _ways["TLS"] = (_tls.CreateClient(), HttpVersion.Version11, Environment.ProcessId);
    }

    public async ValueTask DisposeAsync()
    {
        _ways["TLS"].Client.Dispose();
        await _tls!.DisposeAsync();
        await _folder.DisposeAsync();
    }
}
