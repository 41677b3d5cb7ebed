using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net.Sockets;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Options;

/// <summary>The options on the way to the server: TLS, proxies, addresses, limits. Long names are curl's.</summary>
internal sealed class ConnectionOptions : IOptionGroup
{
    private const double MaxSeconds = 2_000_000;
    private const double MaxConnectSeconds = 86_400;

    private readonly Option<ProxySettings?> _proxy = new("--proxy")
    {
        Description = "Proxy: http://, https:// or socks5://, with user name and password if needed; '' for none",
        HelpName = "URL",
        CustomParser = ParseProxy,
    };

    private readonly Option<string> _authorities = new("--cacert") { Description = "Trust the authorities whose certificates (PEM) are in this file, not the system's", HelpName = "FILE" };

    private readonly Option<string> _certificate = new("--cert") { Description = "Show this certificate (PEM) to the URL's own server, never to another", HelpName = "FILE" };

    private readonly Option<string> _key = new("--key") { Description = "Key (PEM) of --cert, if it is not in the same file", HelpName = "FILE" };

    private readonly Option<bool> _insecure = new("--insecure") { Description = "Accept any certificate: anybody on the way can read and change everything" };

    private readonly Option<bool> _onlyIPv4 = new("--ipv4", "-4") { Description = "Connect to IPv4 addresses only" };

    private readonly Option<bool> _onlyIPv6 = new("--ipv6", "-6") { Description = "Connect to IPv6 addresses only" };

    private readonly Option<TimeSpan> _connectTimeout = Seconds("--connect-timeout", MaxConnectSeconds, "Seconds that one attempt to connect (TCP) may take; the default is 10");

    private readonly Option<TimeSpan> _maxTime = Seconds("--max-time", MaxSeconds, "Seconds that everything may take; then rd exits with 4, and keeps what was fetched");

    private readonly Option<long> _limitRate = new("--limit-rate")
    {
        Description = "Bytes per second over all connections, such as 500K or 1.5M (K, M, G: 1024-based)",
        HelpName = "RATE",
        CustomParser = ParseRate,
    };

    public string Heading => "Connection";

    public IReadOnlyList<Option> Options => [_proxy, _authorities, _certificate, _key, _insecure, _onlyIPv4, _onlyIPv6, _connectTimeout, _maxTime, _limitRate];

    public void Check(CommandResult result)
    {
        if (result.GetValue(_onlyIPv4) && result.GetValue(_onlyIPv6))
            result.AddError("-4 and -6 exclude each other.");
        if (result.GetResult(_key) is not null && result.GetResult(_certificate) is null)
            result.AddError("--key is the key of a certificate; name that with --cert.");
        if (result.GetValue(_insecure) && result.GetResult(_authorities) is not null)
            result.AddError("--cacert and --insecure exclude each other.");
    }

    /// <summary>Reads the files.</summary>
    /// <exception cref="UnusableFileException">One of them cannot be used.</exception>
    public RdOptions Read(ParseResult parsed, RdOptions options) => options with { Download = Read(parsed, options.Download) };

    private DownloadOptions Read(ParseResult parsed, DownloadOptions options) => options with
    {
        Proxy = parsed.GetValue(_proxy),
        Authorities = parsed.GetValue(_authorities) is { } authorities ? PemFiles.ReadAuthorities(authorities) : null,
        ClientCertificate = parsed.GetValue(_certificate) is { } certificate ? PemFiles.ReadWithKey(certificate, parsed.GetValue(_key)) : null,
        AcceptAnyCertificate = parsed.GetValue(_insecure),
        AddressFamily = parsed.GetValue(_onlyIPv4) ? AddressFamily.InterNetwork : parsed.GetValue(_onlyIPv6) ? AddressFamily.InterNetworkV6 : null,
        ConnectLimit = parsed.GetValue(_connectTimeout) is { Ticks: > 0 } limit ? limit : options.ConnectLimit,
        MaxTime = parsed.GetValue(_maxTime) is { Ticks: > 0 } time ? time : null,
        RateLimit = parsed.GetValue(_limitRate) is > 0 and var rate ? new RateLimit(rate) : null,
    };

    private static ProxySettings? ParseProxy(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text.Length == 0)
            return ProxySettings.None;
        // It may hold a password, so it is not repeated.
        if (!ProxySettings.TryParse(text, out var settings))
            result.AddError("--proxy takes a URL such as http://proxy.example:3128, https://… or socks5://….");
        return settings;
    }

    private static long ParseRate(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var power = text.Length == 0 ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal);
        var number = power < 0 ? text : text[..^1];
        var bytes = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var parsed) ? parsed * Math.Pow(1024, power + 1) : -1;
        // To curl 0 is no limit.
        if (bytes is 0 or (>= 1 and < long.MaxValue))
            return (long)bytes;
        result.AddError($"--limit-rate takes bytes per second, at least 1, such as 500K or 1.5M, not '{text}'.");
        return 0;
    }

    private static Option<TimeSpan> Seconds(string name, double max, string description) => new(name)
    {
        Description = description,
        HelpName = "SECONDS",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= max && seconds is 0 or >= 0.001)
                return TimeSpan.FromSeconds(seconds); // To curl 0 is the default.
            result.AddError($"{name} takes a number of seconds up to {max:0}, not '{text}'.");
            return TimeSpan.Zero;
        },
    };
}
