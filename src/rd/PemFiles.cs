using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ReliableDownload.Rd;

/// <summary>Certificates and keys in PEM files (RFC 7468).</summary>
internal static class PemFiles
{
    /// <exception cref="UnusableFileException">The file has no certificates.</exception>
    public static X509Certificate2Collection ReadAuthorities(string path) => ReadCertificates("--cacert", path);

    /// <summary>A certificate with its key, and with those that signed it, if the file has them.</summary>
    /// <param name="path">Where the certificate comes first.</param>
    /// <param name="keyPath">Where the key is; null if it is in the same file.</param>
    /// <exception cref="UnusableFileException">They cannot be read, or do not belong together.</exception>
    public static SslStreamCertificateContext ReadWithKey(string path, string? keyPath)
    {
        var (keyOption, keyFile) = keyPath is null ? ("--cert", path) : ("--key", keyPath);
        var certificates = ReadCertificates("--cert", path);
        var key = OptionFile.ReadText(keyOption, keyFile);
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new UnusableFileException($"the file '{keyFile}' of {keyOption} has no private key (PEM)");
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new UnusableFileException($"the key in '{keyFile}' is protected by a passphrase, which rd does not ask for; write it to a file without one, with: openssl pkey -in {keyFile} -out FILE");
        try
        {
            using var leaf = X509Certificate2.CreateFromPem(certificates[0].ExportCertificatePem(), key);
            return SslStreamCertificateContext.Create(Usable(leaf), [.. certificates.Skip(1)], offline: true);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new UnusableFileException($"the key in '{keyFile}' cannot be used for the certificate in '{path}': either it is damaged, or the two do not belong together");
        }
    }

    // Windows wants the key in a store of its own.
    private static X509Certificate2 Usable(X509Certificate2 certificate) => X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);

    private static X509Certificate2Collection ReadCertificates(string option, string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(OptionFile.ReadText(option, path));
        }
        catch (CryptographicException)
        {
            throw new UnusableFileException($"the file '{path}' of {option} has a damaged certificate");
        }

        return certificates.Count > 0 ? certificates : throw new UnusableFileException($"the file '{path}' of {option} has no certificate (PEM)");
    }
}
