using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Monitoring;
using ReliableDownload.Api.Proxies;
using ReliableDownload.Api.Sending;
using ReliableDownload.Api.Tls;

namespace ReliableDownload.Api;

/// <summary>What a connection goes through before its first request, in order: each part sees what those before it have made of the connection.</summary>
internal static class ConnectionPipeline
{
    public static void Add(ListenOptions listen, RdApiOptions options, ListenPoint point)
    {
        var tls = point.IsRedirect ? null : listen.ApplicationServices.GetService<TlsHandshake>();
        listen.Protocols = tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
        listen.Use(listen.ApplicationServices.GetRequiredService<ConnectionRoom>().Around);
        if (point.EndPoint is FileHandleEndPoint)
            listen.Use(PassedListeners.Around);
        if (options.Proxies is { HasAny: true, Header: ProxyHeader.ProxyProtocol })
            listen.Use(new ProxyProtocol(options.Proxies, options.Limits.ProxyPreamble).Around);
        if (listen.ApplicationServices.GetService<ClientConnections>() is { } ofClient)
            listen.Use(ofClient.Around);
        if (point.EndPoint is FileHandleEndPoint)
            listen.Use(next => ListenSocket.Around(next, options.CongestionControl));
        if (listen.ApplicationServices.GetService<SendLimits>() is { } rates)
            listen.Use(rates.Around);
        if (options.CongestionControl is null)
            listen.Use(CongestionControl.ByDistance);
        if (listen.ApplicationServices.GetService<ServerMetrics>() is { } metrics)
            listen.Use(metrics.Around);
        if (tls is not null)
        {
            listen.Use(FurtherRequests.Around);
            listen.UseHttps(tls.Callback);
        }

        listen.Use(next => SocketTransport.Around(next, options.Limits.Stall));
    }
}
