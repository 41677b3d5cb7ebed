using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Tls;

/// <summary>What new connections are encrypted with, as the operator's files say; open ones keep what they began with.</summary>
internal sealed class TlsHandshake : WatchedFiles<TlsOptions, SslServerAuthenticationOptions>, IReloadable
{
    // TLS 1.3's, and those of TLS 1.2 that have forward secrecy and authenticate what they encrypt (RFC 9325, 4.2).
    private static readonly TlsCipherSuite[] Ciphers =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly bool _asksClients;

    /// <exception cref="CannotStartException">The certificate or the key cannot be used.</exception>
    public TlsHandshake(RdApiOptions options, Supervisor supervisor, TimeProvider clock, ILogger log)
        : base("TLS certificate", options.Tls!, tls => tls.Paths, Load, supervisor, clock)
    {
        (_clock, _log, _asksClients) = (clock, log, options.Tls!.ClientAuthorityFile is not null);
        WarnOfEnd(options.Tls, Current);
    }

    /// <summary>What Kestrel asks at each handshake.</summary>
    public TlsHandshakeCallbackOptions Callback => new() { OnConnection = _ => ValueTask.FromResult(Current) };

    public string Name => "certificate";

    public IReadOnlyList<string> Options => ["--tls-cert", "--tls-key", "--client-ca"];

    // Whether clients show certificates is also decided elsewhere, once.
    public Action? Prepare(RdApiOptions next)
    {
        if (next.Tls is not { } tls || tls.ClientAuthorityFile is not null != _asksClients)
            return null;
        var take = Prepare(tls);
        return () =>
        {
            take();
            WarnOfEnd(tls, Current);
        };
    }

    protected override void TellTaken(TlsOptions files, SslServerAuthenticationOptions content)
    {
        _log.CertificateRenewed(files.CertificateFile, EndOf(content));
        WarnOfEnd(files, content);
    }

    protected override void TellRefused(string problem) => _log.CertificateNotRenewed(problem);

    private void WarnOfEnd(TlsOptions files, SslServerAuthenticationOptions content)
    {
        if (EndOf(content) < _clock.GetUtcNow().UtcDateTime)
            _log.CertificateExpired(files.CertificateFile, EndOf(content));
    }

    private static DateTime EndOf(SslServerAuthenticationOptions content) => content.ServerCertificateContext!.TargetCertificate.NotAfter.ToUniversalTime();

    private static SslServerAuthenticationOptions? Load(TlsOptions files, out string? problem)
    {
        problem = null;
        var policy = files.ClientAuthorityFile is { } file ? ClientAuthority.Load(file, out problem) : null;
        if (problem is not null || ServerCertificate.Load(files, policy?.CustomTrustStore, out problem) is not { } certificate)
            return null;
        var options = With(certificate);
        if (policy is not null)
            ClientAuthority.Ask(options, policy);
        return options;
    }

    private static SslServerAuthenticationOptions With(SslStreamCertificateContext certificate) => new()
    {
        ServerCertificateContext = certificate,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        // Windows chooses them by its own policy.
        CipherSuitesPolicy = OperatingSystem.IsWindows() ? null : new CipherSuitesPolicy(Ciphers),
        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        AllowRenegotiation = false,
    };
}
