using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace ReliableDownload.Client.Network;

/// <summary>
/// One HTTP connection of one thread, used synchronously: a blocking socket costs a third less CPU than the asynchronous path
/// (measured, loopback). Only <see cref="Abort"/> may be called from another thread.
/// </summary>
internal sealed class Connection(DownloadOptions options) : IDisposable
{
    private volatile bool _aborted;
    private volatile Socket? _socket;
    private HttpMessageInvoker? _http;

    /// <summary>Sends a request and returns when the headers are there. Its body is read synchronously from the response.</summary>
    public HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_aborted, this);
        _http ??= new HttpMessageInvoker(NewHandler(options, Connect));
        return _http.Send(request, cancellationToken);
    }

    /// <summary>Drops the connection; the next request makes a fresh one.</summary>
    public void Drop()
    {
        _socket?.Dispose();
        _http?.Dispose();
        _http = null;
    }

    /// <summary>Ends what is under way at once: neither a token nor disposing the response interrupts a blocking read, closing the socket does.</summary>
    public void Abort()
    {
        _aborted = true;
        _socket?.Dispose();
    }

    public void Dispose() => Drop();

    /// <summary>A handler that keeps to HTTP as it comes: no decompression, no cookies; proxies as the environment says.</summary>
    public static SocketsHttpHandler NewHandler(DownloadOptions options, Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? connect = null) => new()
    {
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        MaxConnectionsPerServer = 1,
        ConnectTimeout = options.ConnectLimit,
        ConnectCallback = connect,
    };

    /// <summary>A request for <paramref name="url"/>, with its user info as basic authentication (RFC 7617).</summary>
    public static HttpRequestMessage NewRequest(Uri url)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (url.UserInfo.Length > 0)
        {
            var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo)));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        }

        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("rd", typeof(Connection).Assembly.GetName().Version!.ToString(3)));
        return request;
    }

    private ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // On Unix the send timeout bounds connect(2) as well, and leaves the socket a blocking one.
            socket.SendTimeout = (int)options.ConnectLimit.TotalMilliseconds;
            socket.ReceiveTimeout = (int)options.StallLimit.TotalMilliseconds;
            socket.Connect(context.DnsEndPoint);
            _socket = socket;
            ObjectDisposedException.ThrowIf(_aborted, this);
            return new(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
