using System.CommandLine;

namespace ReliableDownload.Api.Limiting;

/// <summary>The options that limit what clients may take.</summary>
internal sealed class LimitSettings : ISettingGroup
{
    private readonly Setting<int> _connections = new(
        "--max-connections", null, "RD_API_MAX_CONNECTIONS", null, "connections at a time; others wait; if not given, as many as descriptors and memory allow", ValueParser.Number("COUNT", 1, 10_000_000));

    private readonly Setting<int> _ofClient = new(
        "--max-connections-per-client", null, "RD_API_MAX_CONNECTIONS_PER_CLIENT", null, "those of one IPv4 address or IPv6 /64; more are closed", ValueParser.Number("COUNT", 1, 10_000_000));

    public IEnumerable<Option> Options => [_connections.Option, _ofClient.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment)
    {
        var limits = options.Limits;
        if (_connections.IsGiven(parsed, environment))
            limits = limits with { Connections = Math.Min(_connections.Read(parsed, environment), limits.Connections) };
        if (_ofClient.IsGiven(parsed, environment))
            limits = limits with { ConnectionsOfClient = _ofClient.Read(parsed, environment) };
        return options with { Limits = limits };
    }
}
