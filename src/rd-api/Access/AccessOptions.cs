namespace ReliableDownload.Api.Access;

/// <summary>Who may download; at least one of the three is there. Immutable.</summary>
/// <param name="AuthFile">An absolute path; null if nobody has a password.</param>
/// <param name="KeyFile">An absolute path; null if there are no signed links.</param>
/// <param name="TakesCertificates">Whether clients show certificates.</param>
internal sealed record AccessOptions(string? AuthFile, string? KeyFile, bool TakesCertificates)
{
    public string[] Paths => [.. new[] { AuthFile, KeyFile }.OfType<string>()];
}
