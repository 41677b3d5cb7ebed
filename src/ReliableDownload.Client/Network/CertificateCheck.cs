using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ReliableDownload.Client.Network;

/// <summary>Which certificates of servers and proxies are trusted, and why one is not. One for a download; thread-safe.</summary>
internal sealed class CertificateCheck(DownloadOptions options, TimeProvider clock)
{
    // A chain that ends early, or whose last certificate is no authority of the system's; one that the user named may be that all the same.
    private const X509ChainStatusFlags EndsUnknown = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;

    // More names would only hide the sentence.
    private const int MaxNames = 3;

    private int _told;

    /// <summary>TLS to one server: with a client's certificate only where it is the user's own origin.</summary>
    public SslClientAuthenticationOptions For(bool isGivenOrigin) => new()
    {
        CertificateChainPolicy = options.Authorities is { } authorities ? PolicyOf(authorities) : null,
        ClientCertificateContext = isGivenOrigin ? options.ClientCertificate : null,
        RemoteCertificateValidationCallback = Validate,
    };

    private static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private bool Validate(object connection, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var host = ((SslStream)connection).TargetHostName;
        var problem = ProblemOf(host, certificate as X509Certificate2, chain, errors);
        if (!options.AcceptAnyCertificate)
            return problem is null ? true : throw new CertificateException(problem);
        if (Interlocked.Exchange(ref _told, 1) == 0)
            options.Tell($"the server's certificate is not checked (--insecure): anybody on the way could read and change what is sent{(problem is null ? "" : $"; {problem}")}");
        return true;
    }

    private string? ProblemOf(string host, X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
            return $"{host} shows no certificate";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && ProblemOf(host, certificate, chain) is { } problem)
            return problem;
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"the certificate that {host} shows is not for this name, but for {NamesOf(certificate)}; use a name that it is for"
            : null;
    }

    private string? ProblemOf(string host, X509Certificate2 certificate, X509Chain? chain)
    {
        var elements = chain?.ChainElements.ToList() ?? [];
        // With an authority of the user's what stands above it does not matter, even where it is none that signed itself.
        var anchor = elements.FindIndex(element => options.Authorities?.Contains(element.Certificate) == true);
        if (anchor >= 0)
            elements = elements[..(anchor + 1)];
        var found = elements.SelectMany(element => element.ChainElementStatus).Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if (anchor >= 0)
            found &= ~EndsUnknown;
        if (found.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            var wrong = elements.First(element => element.ChainElementStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.NotTimeValid))).Certificate;
            var whose = wrong.Equals(certificate) ? $"the certificate that {host} shows" : $"a certificate above that of {host} ({NameOf(wrong)})";
            return wrong.NotAfter < clock.GetLocalNow().DateTime
                ? $"{whose} expired on {wrong.NotAfter:yyyy-MM-dd}; have its owner renew it, and look at this computer's clock"
                : $"{whose} is valid only from {wrong.NotBefore:yyyy-MM-dd} on; look at this computer's clock";
        }

        if ((found & ~EndsUnknown) is var others and not X509ChainStatusFlags.NoError)
            return $"the certificate that {host} shows is not acceptable ({others})";
        return (found & EndsUnknown) == X509ChainStatusFlags.NoError ? null
            : $"the certificate that {host} shows is signed by {NameOf(certificate, ofIssuer: true)}, which is not trusted here; if it should be, name a file with its certificate with --cacert";
    }

    private static string NameOf(X509Certificate2 certificate, bool ofIssuer = false) => $"'{certificate.GetNameInfo(X509NameType.SimpleName, ofIssuer)}'";

    private static string NamesOf(X509Certificate2 certificate)
    {
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToList();
        List<string> names = [.. alternatives.SelectMany(names => names.EnumerateDnsNames()), .. alternatives.SelectMany(names => names.EnumerateIPAddresses()).Select(address => $"{address}")];
        return names.Count == 0 ? NameOf(certificate) : $"{string.Join(", ", names.Take(MaxNames))}{(names.Count > MaxNames ? ", …" : "")}";
    }
}
