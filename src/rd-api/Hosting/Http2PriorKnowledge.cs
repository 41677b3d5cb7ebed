using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// HTTP/1.1 and HTTP/2 on one port without TLS. Kestrel's endpoints speak only one of them then; so an endpoint that nobody can
/// reach has HTTP/2, and lends it to the connections of the real ones that begin with HTTP/2's preface (RFC 9113, 3.4).
/// </summary>
internal static class Http2PriorKnowledge
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <param name="around">What each connection passes first.</param>
    public static void Listen(
        KestrelServerOptions kestrel, IEnumerable<IPEndPoint> endPoints, Func<ConnectionDelegate, ConnectionDelegate> around)
    {
        ConnectionDelegate? http2 = null;
        kestrel.Listen(UnreachableEndPoint.Instance, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.Use(next => http2 = next);
        });
        foreach (var endPoint in endPoints)
        {
            kestrel.Listen(endPoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(around);
                listen.Use(next =>
                {
                    var http1 = SocketTransport.Around(next);
                    return connection => ServeAsync(connection, http1, http2!, kestrel.Limits.KeepAliveTimeout);
                });
            });
        }
    }

    private static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate http1, ConnectionDelegate http2, TimeSpan limit)
    {
        var stopping = connection.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().ConnectionClosedRequested;
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, stopping);
        silence.CancelAfter(limit);
        bool asksForHttp2;
        try
        {
            asksForHttp2 = await AsksForHttp2Async(connection, silence.Token);
        }
        catch (Exception error) when (error is ConnectionResetException or OperationCanceledException)
        {
            // Nothing was asked, by a client that is gone or for too long: returning closes the connection.
            return;
        }

        await (asksForHttp2 ? http2 : http1)(connection);
    }

    private static async Task<bool> AsksForHttp2Async(ConnectionContext connection, CancellationToken cancellationToken)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var isUndecided = BeginsLikePreface(result.Buffer) && result.Buffer.Length < Preface.Length && !result.IsCompleted;
            var asksForHttp2 = BeginsLikePreface(result.Buffer) && result.Buffer.Length >= Preface.Length;
            input.AdvanceTo(result.Buffer.Start, isUndecided ? result.Buffer.End : result.Buffer.Start);
            if (!isUndecided)
                return asksForHttp2;
        }
    }

    private static bool BeginsLikePreface(ReadOnlySequence<byte> received)
    {
        var beginning = received.Slice(0, Math.Min(received.Length, Preface.Length));
        return Preface.StartsWith(beginning.ToArray());
    }
}
