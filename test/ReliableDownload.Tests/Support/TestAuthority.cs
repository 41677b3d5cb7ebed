using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ReliableDownload.Tests.Support;

/// <summary>A certificate authority that nobody knows, and the certificates that it signs, as PEM files of a test's folder.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly TempFolder _folder;
    private readonly X509Certificate2 _certificate;

    /// <param name="folder">Where the files go.</param>
    /// <param name="signer">Who signs this one; null for itself.</param>
    public TestAuthority(TempFolder folder, string name = "Test Authority", TestAuthority? signer = null)
    {
        _folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        if (signer is null)
        {
            _certificate = request.CreateSelfSigned(Now.AddYears(-3), Now.AddYears(3));
        }
        else
        {
            using var signed = request.Create(signer._certificate, Now.AddYears(-2), Now.AddYears(2), RandomNumberGenerator.GetBytes(8));
            _certificate = signed.CopyWithPrivateKey(key);
        }

        File.WriteAllText(CertificateFile = folder[$"{name}.pem"], _certificate.ExportCertificatePem());
    }

    public string CertificateFile { get; }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>Signs a certificate for a host or a person.</summary>
    /// <param name="name">An address or a name.</param>
    /// <param name="expired">Whether it was good until yesterday.</param>
    /// <returns>The paths of the certificate and of its key.</returns>
    public (string Certificate, string Key) Sign(string name, bool expired = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
            names.AddIpAddress(address);
        else
            names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(_certificate, Now.AddYears(-1), Now.AddDays(expired ? -1 : 30), RandomNumberGenerator.GetBytes(8));
        var (certificate, keyFile) = (_folder[$"{name}.crt"], _folder[$"{name}.key"]);
        File.WriteAllText(certificate, signed.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (certificate, keyFile);
    }

    /// <summary>What nginx is told of a certificate.</summary>
    public static string Nginx((string Certificate, string Key) files) => $"ssl_certificate \"{files.Certificate}\"; ssl_certificate_key \"{files.Key}\";";

    public void Dispose() => _certificate.Dispose();
}
