using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Sending;

/// <summary>A folder that is served both with and without TLS, for all tests of a class.</summary>
public sealed class BothWays : IAsyncLifetime
{
    private readonly ServedFolder _folder = new();
    private readonly Dictionary<string, (HttpClient Client, Version Version, int Process)> _ways = [];
    private readonly TempFolder _files = new();
    private RdApiProcess? _tls;

    internal string this[string name] => _folder[name];

    /// <param name="way"><c>kernel</c>, or through memory: <c>TLS</c> or <c>HTTP/2</c>, which is under TLS, too.</param>
    internal (HttpClient Client, Version Version, int Process) To(string way) => _ways[way];

    public async ValueTask InitializeAsync()
    {
        await _folder.InitializeAsync();
        _tls = await RdApiProcess.StartTlsAsync(_files, _folder.Path);
        _ways["kernel"] = (_folder.Server.Client, HttpVersion.Version11, _folder.Server.Process.Id);
        _ways["TLS"] = (_tls.TrustingClient(), HttpVersion.Version11, _tls.Process.Id);
        _ways["HTTP/2"] = (_tls.TrustingClient(), HttpVersion.Version20, _tls.Process.Id);
    }

    public async ValueTask DisposeAsync()
    {
        _ways["TLS"].Client.Dispose();
        _ways["HTTP/2"].Client.Dispose();
        await _tls!.DisposeAsync();
        _files.Dispose();
        await _folder.DisposeAsync();
    }
}
