using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// The transport of an HTTP/1 connection without TLS, whose output is a <see cref="SocketOutput"/>. Others must never have one: between
/// the records of TLS and the frames of HTTP/2 a file's bytes would be garbage, and in the clear.
/// </summary>
internal sealed class SocketTransport(PipeReader input, SocketOutput output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;

    public SocketOutput SocketOutput => output;

    /// <summary>
    /// Connection middleware that puts the transport in. Safe wherever TLS stands: a connection that has TLS already is left alone, and one
    /// that gets it later has another transport in front of this one, which <see cref="SocketOutput.Of"/> sees.
    /// </summary>
    /// <param name="next">Serves a connection that speaks HTTP/1.</param>
    /// <param name="stallLimit">How long a client may take nothing before it is cut.</param>
    public static ConnectionDelegate Around(ConnectionDelegate next, TimeSpan stallLimit) => async connection =>
    {
        // Where the kernel cannot send, Kestrel's own output does better than this one.
        if (!KernelSend.IsSupported || HasTls(connection) || connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            await next(connection);
            return;
        }

        var transport = connection.Transport;
        var stall = new StallWatch(connection, socket, stallLimit, TimeProvider.System);
        connection.Transport = new SocketTransport(transport.Input, new SocketOutput(connection, transport.Output, socket, stall));
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
