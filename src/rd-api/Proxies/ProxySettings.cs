using System.CommandLine;
using System.Net;

namespace ReliableDownload.Api.Proxies;

/// <summary>The options for proxies before the server.</summary>
internal sealed class ProxySettings : ISettingGroup
{
    private const string UnixSockets = "unix";

    private readonly ListSetting<IPNetwork?> _trusted = new(
        "--trusted-proxy",
        "RD_API_TRUSTED_PROXY",
        ' ',
        "believe what this proxy says of its clients; may be repeated",
        new ValueParser<IPNetwork?>("ADDRESS|CIDR|unix", "an address, a range of them such as 10.0.0.0/8, or unix for Unix sockets", TryNetwork));

    private readonly Setting<ProxyHeader> _header = new(
        "--proxy-header",
        null,
        "RD_API_PROXY_HEADER",
        "x-forwarded",
        "the form in which proxies name their clients",
        new ValueParser<ProxyHeader>("x-forwarded|forwarded|proxy-protocol", "x-forwarded, forwarded or proxy-protocol", TryHeader));

    public IEnumerable<Option> Options => [_trusted.Option, _header.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment)
    {
        var trusted = _trusted.Read(parsed, environment);
        if (trusted.Count == 0 && _header.IsGiven(parsed, environment))
            throw new UsageException("--proxy-header is for proxies that are trusted: name them with --trusted-proxy");
        return options with
        {
            Proxies = new ProxyOptions
            {
                Networks = [.. trusted.OfType<IPNetwork>()],
                TrustsUnixSockets = trusted.Contains(null),
                Header = _header.Read(parsed, environment),
            },
        };
    }

    private static bool TryNetwork(string text, out IPNetwork? value)
    {
        value = null;
        if (text == UnixSockets)
            return true;
        if (IPAddress.TryParse(text, out var address))
            value = new IPNetwork(address, address.GetAddressBytes().Length * 8);
        else if (IPNetwork.TryParse(text, out var network))
            value = network;
        return value is not null;
    }

    private static bool TryHeader(string text, out ProxyHeader value)
    {
        (var isHeader, value) = text switch
        {
            "x-forwarded" => (true, ProxyHeader.XForwarded),
            "forwarded" => (true, ProxyHeader.Forwarded),
            "proxy-protocol" => (true, ProxyHeader.ProxyProtocol),
            _ => (false, default),
        };
        return isHeader;
    }
}
