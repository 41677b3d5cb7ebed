using Microsoft.AspNetCore.Connections;
using ReliableDownload.Api.Proxies;

namespace ReliableDownload.Api.Limiting;

/// <summary>
/// Connection middleware, in front of TLS, that gives each connection its <see cref="SendPace"/>. Only there if the operator limits a rate. One for all
/// connections.
/// </summary>
internal sealed class SendLimits(Limits limits, ProxyOptions proxies, TimeProvider clock) : IReloadable
{
    private readonly SendRate? _ofAll = limits.SendRate is { } rate ? new SendRate(rate, clock) : null;
    private readonly ClientRates? _ofClients = limits.SendRateOfClient is { } rate ? new ClientRates(rate, clock) : null;

    public string Name => "rates";

    public IReadOnlyList<string> Options => ["--limit-rate", "--limit-rate-per-client"];

    public Action? Prepare(RdApiOptions next)
    {
        var (ofAll, ofClient) = (next.Limits.SendRate, next.Limits.SendRateOfClient);
        // Connections that began without a limit have nothing that could slow them down.
        if ((ofAll is not null && _ofAll is null) || (ofClient is not null && _ofClients is null))
            return null;
        return () =>
        {
            _ofAll?.Change(ofAll ?? SendRate.Unlimited);
            _ofClients?.Change(ofClient ?? SendRate.Unlimited);
        };
    }

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
