using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Kernel;
using ReliableDownload.Api.Limiting;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// The transport of an HTTP/1 connection without TLS, whose output is a <see cref="SocketOutput"/>. Other connections must never have one:
/// between TLS records or HTTP/2 frames a file's bytes would be garbage, and unencrypted.
/// </summary>
internal sealed class SocketTransport(PipeReader input, SocketOutput output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;

    public SocketOutput SocketOutput => output;

    /// <summary>
    /// Connection middleware that installs the transport. Safe wherever TLS is configured: a connection that already has TLS is left alone, and one
    /// that gets it later has another transport in front of this one, which <see cref="SocketOutput.Of"/> notices.
    /// </summary>
    /// <param name="next">Serves a connection that speaks HTTP/1.</param>
    /// <param name="stallLimit">How long a client may accept nothing before it is disconnected.</param>
    public static ConnectionDelegate Around(ConnectionDelegate next, TimeSpan stallLimit) => async connection =>
    {
        // Without sendfile(2), Kestrel's own output is better than this one.
        if (!KernelSend.IsSupported || connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            await next(connection);
            return;
        }

        if (HasTls(connection))
        {
            if (TcpInfo.Unsent(socket) is not null)
                connection.Features.Set(new StallWatch(connection, socket, stallLimit, TimeProvider.System, asksForUnsent: true));
            await next(connection);
            return;
        }

        var transport = connection.Transport;
        var stall = new StallWatch(connection, socket, stallLimit, TimeProvider.System);
        connection.Transport = new SocketTransport(transport.Input, new SocketOutput(connection, transport.Output, socket, stall, connection.Features.Get<SendPace>()));
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };

    private static bool HasTls(ConnectionContext connection) =>
        connection.Features.Get<ITlsHandshakeFeature>() is not null || connection.Features.Get<ITlsConnectionFeature>() is not null;
}
