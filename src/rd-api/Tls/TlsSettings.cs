using System.CommandLine;

namespace ReliableDownload.Api.Tls;

/// <summary>The options for TLS.</summary>
internal sealed class TlsSettings : ISettingGroup
{
    private readonly Setting<string> _certificate =
        new("--tls-cert", null, "RD_API_TLS_CERT", null, "serve https with this certificate, PEM, followed by its chain", ValueParser.File);

    private readonly Setting<string> _key = new("--tls-key", null, "RD_API_TLS_KEY", null, "private key of that certificate, PEM", ValueParser.File);

    private readonly Setting<string> _clientAuthority = new(
        "--client-ca", null, "RD_API_CLIENT_CA", null, "ask clients for certificates, signed by the authorities in this file, PEM", ValueParser.File);

    private readonly Setting<int> _redirect = new(
        "--redirect-http", null, "RD_API_REDIRECT_HTTP", null, "also listen on this port, only to redirect clients to https", ValueParser.Number("PORT", 0, 65535));

    public IEnumerable<Option> Options => [_certificate.Option, _key.Option, _clientAuthority.Option, _redirect.Option];

    public RdApiOptions Apply(RdApiOptions options, ParseResult parsed, Func<string, string?> environment)
    {
        var (certificate, key) = (_certificate.Read(parsed, environment), _key.Read(parsed, environment));
        var redirects = _redirect.IsGiven(parsed, environment);
        if (certificate is null != key is null)
            throw new UsageException($"TLS needs both a certificate and its key: add {(key is null ? "--tls-key" : "--tls-cert")}");
        if (certificate is null && redirects)
            throw new UsageException("--redirect-http sends clients to https: add --tls-cert and --tls-key");
        var clientAuthority = _clientAuthority.Read(parsed, environment);
        if (certificate is null && clientAuthority is not null)
            throw new UsageException("--client-ca is about https: add --tls-cert and --tls-key");
        return options with
        {
            Tls = certificate is null ? null : new TlsOptions(certificate, key!, clientAuthority, redirects ? _redirect.Read(parsed, environment) : null),
        };
    }
}
