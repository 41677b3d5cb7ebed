using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ReliableDownload.Api.Tls;

/// <summary>Reads a certificate, its chain and its key from PEM files.</summary>
internal static class ServerCertificate
{
    /// <param name="files">Where they are.</param>
    /// <param name="ofClients">The authorities that clients are told of when they are asked for a certificate; null if they are not asked.</param>
    /// <param name="problem">A sentence that says what is wrong and what to do, without its full stop; null if nothing is.</param>
    /// <returns>Null if there is a problem.</returns>
    public static SslStreamCertificateContext? Load(TlsOptions files, X509Certificate2Collection? ofClients, out string? problem)
    {
        if (!TryRead(files.CertificateFile, "certificate", "--tls-cert", out var certificates, out problem)
            || !TryRead(files.KeyFile, "key", "--tls-key", out var key, out problem))
            return null;
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(certificates);
        }
        catch (CryptographicException)
        {
            problem = $"the certificate {files.CertificateFile} is damaged: choose a PEM file with --tls-cert";
            return null;
        }

        if (chain.Count == 0)
            problem = $"{files.CertificateFile} contains no certificate: choose a PEM file with --tls-cert";
        else if (key.Contains("-----BEGIN ENCRYPTED", StringComparison.Ordinal) || key.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
            problem = $"the key {files.KeyFile} is encrypted: decrypt it (openssl pkey -in {files.KeyFile}), and let only rd-api's user read it";
        else if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            problem = $"{files.KeyFile} contains no private key: choose a PEM file with --tls-key";
        return problem is null ? Join(files, chain, certificates, key, ofClients, out problem) : null;
    }

    private static SslStreamCertificateContext? Join(
        TlsOptions files, X509Certificate2Collection chain, string certificates, string key, X509Certificate2Collection? ofClients, out string? problem)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPem(certificates, key);
            // Its TLS takes no key that exists only in memory.
            if (OperatingSystem.IsWindows())
                certificate = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
            chain[0].Dispose();
            chain.RemoveAt(0);
            problem = null;
            // Browsers offer their users only certificates of these.
            var trust = ofClients is null || OperatingSystem.IsWindows() ? null : SslCertificateTrust.CreateForX509Collection(ofClients, sendTrustInHandshake: true);
            return SslStreamCertificateContext.Create(certificate, chain, offline: true, trust);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            problem = $"the key {files.KeyFile} does not belong to the certificate {files.CertificateFile}: give the key that the certificate was made for with --tls-key";
            return null;
        }
    }

    private static bool TryRead(string file, string what, string option, out string text, out string? problem)
    {
        (text, problem) = ("", null);
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = $"the {what} {file} cannot be read: {error.Message.TrimEnd('.')}; choose another file with {option}";
        }

        return problem is null;
    }
}
