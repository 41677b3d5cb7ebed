using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ReliableDownload.Api;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Tests.Support;

/// <summary>rd-api's own server in this process, with TLS by a certificate that nobody signed.</summary>
internal sealed class TlsServer : IAsyncDisposable
{
    private readonly TempFolder _cache;
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _app;

    private TlsServer(TempFolder cache, X509Certificate2 certificate, WebApplication app)
    {
        (_cache, _certificate, _app) = (cache, certificate, app);
        BaseAddress = new Uri(app.Urls.Single());
    }

    public Uri BaseAddress { get; }

    /// <param name="root">The folder to serve.</param>
    /// <param name="tlsFirst">Whether TLS stands before rd-api's own transport or behind it.</param>
    /// <param name="limits">Null for the usual ones.</param>
    public static async Task<TlsServer> StartAsync(string root, bool tlsFirst, Limits? limits = null)
    {
        var cache = new TempFolder();
        var certificate = CreateCertificate();
        var app = Composition.Build(new RdApiOptions { WebRoot = root, CacheFile = cache["digests.db"], Limits = limits ?? new Limits() }, []);
        app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (!tlsFirst)
                listen.Use(next => SocketTransport.Around(next, TimeSpan.FromMinutes(1)));
            listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = certificate });
            if (tlsFirst)
                listen.Use(next => SocketTransport.Around(next, TimeSpan.FromMinutes(1)));
        });
        await app.StartAsync();
        return new TlsServer(cache, certificate, app);
    }

    /// <param name="connect">Makes the stream below TLS; null for an ordinary one.</param>
    public HttpClient CreateClient(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect = null)
    {
        var handler = new SocketsHttpHandler { ConnectCallback = connect };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => _certificate.Equals(shown);
        return new HttpClient(handler) { BaseAddress = BaseAddress, Timeout = ProcessRunner.Limit };
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
        _cache.Dispose();
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
