using Microsoft.AspNetCore.Connections;
using ReliableDownload.Api.Proxies;

namespace ReliableDownload.Api.Limiting;

/// <summary>
/// Connection middleware, in front of TLS, that gives each connection its <see cref="SendPace"/>. Only there if the operator limits a rate. One for all
/// connections.
/// </summary>
internal sealed class SendLimits(Limits limits, ProxyOptions proxies, TimeProvider clock)
{
    private readonly SendRate? _ofAll = limits.SendRate is { } rate ? new SendRate(rate, clock) : null;
    private readonly ClientRates? _ofClients = limits.SendRateOfClient is { } rate ? new ClientRates(rate, clock) : null;

    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        var client = proxies.ClientAt(connection);
        var pace = new SendPace(client is null ? null : _ofClients?.Enter(client), _ofAll, clock, connection.ConnectionClosed);
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
            if (client is not null)
                _ofClients?.Leave(client);
        }
    };
}
