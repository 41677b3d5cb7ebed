namespace ReliableDownload.Api.Tls;

/// <summary>How connections are encrypted. Immutable.</summary>
/// <param name="CertificateFile">An absolute path: PEM, the server's certificate first, then those that signed it.</param>
/// <param name="KeyFile">An absolute path: PEM, not encrypted.</param>
/// <param name="ClientAuthorityFile">An absolute path: PEM, those who sign the certificates of clients; null if clients are not asked for any.</param>
/// <param name="RedirectPort">A port for clients that do not know about https; 0 picks a free one, null is none.</param>
internal sealed record TlsOptions(string CertificateFile, string KeyFile, string? ClientAuthorityFile, int? RedirectPort)
{
    public string[] Paths => [.. new[] { CertificateFile, KeyFile, ClientAuthorityFile }.OfType<string>()];
}
