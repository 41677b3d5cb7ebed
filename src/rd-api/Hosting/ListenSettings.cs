using System.CommandLine;

namespace ReliableDownload.Api.Hosting;

/// <summary>The options that say where to listen.</summary>
internal sealed class ListenSettings : ISettingGroup
{
    private readonly Setting<string> _host =
        new("--host", "-h", "HOST", "::", "address to listen on; :: means IPv6 and IPv4", ValueParser.Host);

    private readonly Setting<int> _port =
        new("--port", "-p", "PORT", "8082", "port to listen on; 0 picks a free one", ValueParser.Number("PORT", 0, 65535));

    private readonly ListSetting<ListenChoice> _listen =
        new("--listen", "RD_API_LISTEN", ' ', "listen there instead; may be repeated", ListenText.Parser);

    public IEnumerable<Option> Options => [_host.Option, _port.Option, _listen.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment)
    {
        var isAddressTyped = _host.IsTyped(parsed) || _port.IsTyped(parsed);
        if (isAddressTyped && _listen.IsTyped(parsed))
            throw new UsageException("--listen names whole addresses, in place of --host and --port: leave these out");
        return options with
        {
            Host = _host.Read(parsed, environment)!,
            Port = _port.Read(parsed, environment),
            // What is typed wins over the environment.
            Listen = isAddressTyped ? [] : _listen.Read(parsed, environment),
        };
    }
}
