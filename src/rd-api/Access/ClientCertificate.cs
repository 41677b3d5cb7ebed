using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ReliableDownload.Api.Access;

/// <summary>Finds out who a client is by its certificate, which the handshake has checked. Thread-safe.</summary>
internal static class ClientCertificate
{
    private const string CommonName = "2.5.4.3";

    // A connection has the same certificate for all of its requests.
    private static readonly ConditionalWeakTable<X509Certificate2, Holder> Holders = [];

    /// <summary>The user; null for a client without a certificate, or with one that is no user's.</summary>
    public static string? UserOf(HttpContext context, AccessRules rules)
    {
        if (!rules.TakesCertificates || context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is not { } certificate)
            return null;
        var name = Holders.GetValue(certificate, static certificate => new Holder(NameIn(certificate))).Name;
        return name is not null && rules.Certificates?.Contains(name) != false ? name : null;
    }

    // Of two names either could be meant.
    private static string? NameIn(X509Certificate2 certificate)
    {
        var names = certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
            .Select(part => part.GetSingleElementValue())
            .ToList();
        return names is [{ Length: > 0 } only] ? only : null;
    }

    private sealed record Holder(string? Name);
}
