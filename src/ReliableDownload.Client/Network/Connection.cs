using System.Net;
using System.Net.Sockets;

namespace ReliableDownload.Client.Network;

/// <summary>
/// One HTTP connection of one thread, used synchronously: a blocking socket costs a third less CPU than the asynchronous path
/// (measured, loopback). Only <see cref="Interrupt"/> and <see cref="Abort"/> may be called from another thread.
/// </summary>
internal sealed class Connection(Requests requests, ServerAddress address, Pace pace, TimeProvider clock) : IDisposable
{
    // Connecting, TLS, and the longest allowed silence before the first byte fit in.
    private const int HeadFactor = 2;

    private volatile bool _aborted;
    private volatile Socket? _socket;
    private HttpMessageInvoker? _http;

    /// <summary>Whether there is, or was last, a connection that a request could be sent over.</summary>
    public bool IsMade { get; private set; }

    /// <summary>Whom it was connected to last; for messages.</summary>
    public EndPoint? Peer { get; private set; }

    /// <summary>
    /// Sends a request and returns when the headers are there. Its body is read synchronously from the response. A server that never is
    /// silent, but never comes to an end of its headers either, is given up.
    /// </summary>
    public HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _http ??= requests.NewInvoker(address.HandshakeLimit, Connect);
        if (_socket is { } socket)
            SetStallLimit(socket);
        var isLate = false;
        using var limit = clock.CreateTimer(
            _ =>
            {
                Volatile.Write(ref isLate, true);
                Interrupt();
            },
            null, HeadFactor * address.HandshakeLimit, Timeout.InfiniteTimeSpan);
        try
        {
            return _http.Send(request, cancellationToken);
        }
        catch (Exception error) when (Volatile.Read(ref isLate))
        {
            throw new TimeoutException(null, error);
        }
    }

    /// <summary>Drops the connection; the next request makes a fresh one.</summary>
    public void Drop()
    {
        Interrupt();
        IsMade = false;
        _http?.Dispose();
        _http = null;
    }

    /// <summary>Ends what is under way at once: neither a token nor disposing the response interrupts a blocking read, closing the socket does.</summary>
    public void Interrupt() => _socket?.Dispose();

    /// <summary>The same for good.</summary>
    public void Abort()
    {
        _aborted = true;
        Interrupt();
    }

    public void Dispose() => Drop();

    private ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        IsMade = false;
        if (address.Ready.Take(context.DnsEndPoint) is { } ready)
            return new(Use(ready));
        var server = address.FindAsync(context.DnsEndPoint, cancellationToken).GetAwaiter().GetResult();
        var socket = ReadySockets.NewSocket(server, address.ConnectLimit);
        try
        {
            _socket = socket;
            ThrowIfAborted();
            var started = clock.GetTimestamp();
            socket.Connect(server);
            address.TakeConnectTime(context.DnsEndPoint, server, clock.GetElapsedTime(started));
            return new(Use(socket));
        }
        catch
        {
            address.Forget(context.DnsEndPoint);
            socket.Dispose();
            throw;
        }
    }

    private NetworkStream Use(Socket socket)
    {
        _socket = socket;
        SetStallLimit(socket);
        Peer = socket.RemoteEndPoint;
        ThrowIfAborted();
        IsMade = true;
        return new NetworkStream(socket, ownsSocket: true);
    }

    private void ThrowIfAborted()
    {
        if (_aborted)
            throw new SocketException((int)SocketError.OperationAborted);
    }

    private void SetStallLimit(Socket socket)
    {
        try
        {
            socket.ReceiveTimeout = (int)pace.StallLimit.TotalMilliseconds;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The connection is gone already; sending will find out.
        }
    }
}
