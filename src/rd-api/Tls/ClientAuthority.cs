using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ReliableDownload.Api.Tls;

/// <summary>Who signs the certificates of clients.</summary>
internal static class ClientAuthority
{
    // Extended key usage: TLS client authentication (RFC 5280, 4.2.1.12). A certificate without such a list is good for everything.
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <param name="file">PEM: the authorities' own certificates, and any between them and the clients'.</param>
    /// <param name="problem">A sentence that says what is wrong and what to do, without its full stop; null if nothing is.</param>
    /// <returns>What a client's certificate has to fulfil; null if there is a problem.</returns>
    public static X509ChainPolicy? Load(string file, out string? problem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            problem = $"the client authority {file} cannot be read: {error.Message.TrimEnd('.')}; choose a PEM file with --client-ca";
            return null;
        }

        // Revoking is done by name, in the file of users.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        foreach (var certificate in certificates)
        {
            var isRoot = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
            (isRoot ? policy.CustomTrustStore : policy.ExtraStore).Add(certificate);
        }

        problem = policy.CustomTrustStore.Count > 0
            ? null
            : $"{file} contains no certificate that an authority has signed for itself: choose a PEM file with --client-ca";
        return problem is null ? policy : null;
    }

    /// <summary>Asks clients for certificates. Without one they are let in, as strangers; one that is not good ends the handshake.</summary>
    public static void Ask(SslServerAuthenticationOptions options, X509ChainPolicy policy)
    {
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = policy;
        options.RemoteCertificateValidationCallback = static (_, certificate, _, errors) => certificate is null || errors == SslPolicyErrors.None;
    }
}
