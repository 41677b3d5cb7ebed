using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// Gives HTTP/1 connections without TLS a <see cref="SocketOutput"/>, which a response finds among the features. Others must never
/// have one: between the records of TLS and the frames of HTTP/2 a file's bytes would be garbage.
/// </summary>
internal sealed class SocketTransport(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;

    /// <param name="http1">Serves a connection that speaks HTTP/1 and has no TLS.</param>
    public static ConnectionDelegate Around(ConnectionDelegate http1) => async connection =>
    {
        // Elsewhere the framework reads the file and copies it, as slowly as can be.
        if (!KernelSend.IsSupported || connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            await http1(connection);
            return;
        }

        var transport = connection.Transport;
        var output = new SocketOutput(connection, transport.Output, socket);
        connection.Transport = new SocketTransport(transport.Input, output);
        connection.Features.Set(output);
        try
        {
            await http1(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    };
}
