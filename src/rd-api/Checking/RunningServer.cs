using System.Net;
using System.Net.Sockets;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Proxies;

namespace ReliableDownload.Api.Checking;

/// <summary>Finds out whether it is an rd-api that listens at an address.</summary>
internal static class RunningServer
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static Task<bool> IsAtAsync(ListenPoint point, RdApiOptions options) => point.IsRedirect
        ? IsAtAsync(point.EndPoint, "http://localhost/", "", options.Proxies, HttpStatusCode.PermanentRedirect)
        : IsAtAsync(point.EndPoint, $"{(options.Tls is null ? "http" : "https")}://localhost{options.PathPrefix}/rd/", "\"app\":\"reliable-download api\"", options.Proxies);

    /// <summary>The same for the address of its metrics.</summary>
    public static Task<bool> HasMetricsAtAsync(EndPoint endPoint) => IsAtAsync(endPoint, "http://localhost/metrics", "rd_api_", new ProxyOptions());

    private static async Task<bool> IsAtAsync(EndPoint endPoint, string url, string mark, ProxyOptions proxies, HttpStatusCode status = HttpStatusCode.OK)
    {
        var handler = new SocketsHttpHandler { ConnectCallback = (_, cancellationToken) => ConnectAsync(endPoint, proxies, cancellationToken), AllowAutoRedirect = false };
        // It is not trusted with anything.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        using var client = new HttpClient(handler) { Timeout = Limit };
        try
        {
            using var response = await client.GetAsync(url);
            return response.StatusCode == status && (await response.Content.ReadAsStringAsync()).Contains(mark, StringComparison.Ordinal);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async ValueTask<Stream> ConnectAsync(EndPoint endPoint, ProxyOptions proxies, CancellationToken cancellationToken)
    {
        var reachable = Reachable(endPoint);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(reachable, cancellationToken);
            // Who connects to an address of its own machine comes from that address.
            if (proxies.Header == ProxyHeader.ProxyProtocol && proxies.Trusts((reachable as IPEndPoint)?.Address))
                await socket.SendAsync("PROXY UNKNOWN\r\n"u8.ToArray(), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Nobody can connect to the address that stands for all.
    private static EndPoint Reachable(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint { Address: var any, Port: var port } when any.Equals(IPAddress.Any) => new IPEndPoint(IPAddress.Loopback, port),
        IPEndPoint { Address: var any, Port: var port } when any.Equals(IPAddress.IPv6Any) => new IPEndPoint(IPAddress.IPv6Loopback, port),
        _ => endPoint,
    };
}
