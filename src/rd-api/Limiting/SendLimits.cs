using System.Net;
using Microsoft.AspNetCore.Connections;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Limiting;

/// <summary>
/// Connection middleware, in front of TLS, that gives each connection its <see cref="SendPace"/>. Only there if the operator limits a rate. One for all
/// connections.
/// </summary>
internal sealed class SendLimits(Limits limits, TimeProvider clock)
{
    private readonly SendRate? _ofAll = limits.SendRate is { } rate ? new SendRate(rate, clock) : null;
    private readonly ClientRates? _ofClients = limits.SendRateOfClient is { } rate ? new ClientRates(rate, clock) : null;

    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        var client = DigestRequest.ClientOf((connection.RemoteEndPoint as IPEndPoint)?.Address);
        var pace = new SendPace(_ofClients?.Enter(client), _ofAll, clock, connection.ConnectionClosed);
        var transport = connection.Transport;
        // For SocketOutput, which sends past the transport.
        connection.Features.Set(pace);
        connection.Transport = new PacedTransport(transport, pace);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
            _ofClients?.Leave(client);
        }
    };
}
