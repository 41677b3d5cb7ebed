using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Tls;

/// <summary>
/// What new connections are encrypted with. Looks every second whether the files were renewed; open connections keep what they began with.
/// Thread-safe.
/// </summary>
internal sealed class TlsHandshake : BackgroundService
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

    private readonly TlsOptions _files;
    private readonly Supervisor _supervisor;
    private readonly TimeProvider _clock;
    private readonly ILogger<TlsHandshake> _log;
    private readonly FileStamps _stamps;
    private SslServerAuthenticationOptions _current;

    /// <exception cref="CannotStartException">The certificate or the key cannot be used.</exception>
    public TlsHandshake(RdApiOptions options, Supervisor supervisor, TimeProvider clock, ILogger<TlsHandshake> log)
    {
        (_files, _supervisor, _clock, _log) = (options.Tls!, supervisor, clock, log);
        _stamps = new FileStamps([.. new[] { _files.CertificateFile, _files.KeyFile, _files.ClientAuthorityFile }.OfType<string>()]);
        _current = Load(out var problem) ?? throw new CannotStartException(problem!);
        WarnOfEnd();
    }

    public TlsHandshakeCallbackOptions Options => new() { OnConnection = _ => ValueTask.FromResult(Volatile.Read(ref _current)) };

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _supervisor.RunAsync("TLS certificate", WatchAsync, stoppingToken);

    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FileStamps.Interval, _clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!_stamps.HaveChanged())
                continue;
            // Programs that renew write one file after the other: what does not fit now may fit once the second has been written.
            if (Load(out var problem) is { } options)
            {
                Volatile.Write(ref _current, options);
                _log.CertificateRenewed(_files.CertificateFile, CertificateEnd);
                WarnOfEnd();
            }
            else
            {
                _log.CertificateNotRenewed(problem!);
            }
        }
    }

    private DateTime CertificateEnd => _current.ServerCertificateContext!.TargetCertificate.NotAfter.ToUniversalTime();

    private void WarnOfEnd()
    {
        if (CertificateEnd < _clock.GetUtcNow().UtcDateTime)
            _log.CertificateExpired(_files.CertificateFile, CertificateEnd);
    }

    private SslServerAuthenticationOptions? Load(out string? problem)
    {
        problem = null;
        var policy = _files.ClientAuthorityFile is { } file ? ClientAuthority.Load(file, out problem) : null;
        if (problem is not null || ServerCertificate.Load(_files, policy?.CustomTrustStore, out problem) is not { } certificate)
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
