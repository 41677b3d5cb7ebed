using System.CommandLine;

namespace ReliableDownload.Api.Limiting;

/// <summary>The options that limit what clients may take.</summary>
internal sealed class LimitSettings : ISettingGroup
{
    private readonly Setting<int> _connections = new(
        "--max-connections", null, "RD_API_MAX_CONNECTIONS", null, "connections at a time; others wait; if not given, as many as descriptors and memory allow", ValueParser.Number("COUNT", 1, 10_000_000));

    private readonly Setting<int> _ofClient = new(
        "--max-connections-per-client", null, "RD_API_MAX_CONNECTIONS_PER_CLIENT", null, "connections of one client (IPv4 address or IPv6 /64); further ones are closed", ValueParser.Number("COUNT", 1, 10_000_000));

    private readonly Setting<long> _rate = new(
        "--limit-rate", null, "RD_API_LIMIT_RATE", null, "bytes per second to all clients together, such as 500K or 10M", ValueParser.Rate);

    private readonly Setting<long> _rateOfClient = new(
        "--limit-rate-per-client", null, "RD_API_LIMIT_RATE_PER_CLIENT", null, "bytes per second to one client", ValueParser.Rate);

    private readonly Setting<int> _requests = new(
        "--limit-requests", null, "RD_API_LIMIT_REQUESTS", null, "requests per second of one client, averaged over 10 s; beyond that the answer is 429", ValueParser.Number("COUNT", 1, 1_000_000));

    public IEnumerable<Option> Options => [_connections.Option, _ofClient.Option, _rate.Option, _rateOfClient.Option, _requests.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment)
    {
        var limits = options.Limits;
        if (_connections.IsGiven(parsed, environment))
            limits = limits with { Connections = Math.Min(_connections.Read(parsed, environment), limits.Connections) };
        if (_ofClient.IsGiven(parsed, environment))
            limits = limits with { ConnectionsOfClient = _ofClient.Read(parsed, environment) };
        if (_rate.IsGiven(parsed, environment))
            limits = limits with { SendRate = _rate.Read(parsed, environment) };
        if (_rateOfClient.IsGiven(parsed, environment))
            limits = limits with { SendRateOfClient = _rateOfClient.Read(parsed, environment) };
        if (_requests.IsGiven(parsed, environment))
            limits = limits with { RequestsOfClient = _requests.Read(parsed, environment) };
        return options with { Limits = limits };
    }
}
