using System.Net.Http.Headers;

namespace ReliableDownload.Client.Network;

/// <summary>
/// What is the user's own in requests: headers, user names, passwords, tokens. All of it goes to the origin of the URL that the user gave
/// (scheme, host and port) and to no other, wherever redirects and links lead.
/// </summary>
/// <param name="given">The URL that the user gave.</param>
/// <param name="options">What is the user's own.</param>
internal sealed class OriginHeaders(Uri given, DownloadOptions options)
{
    // The user info of the URL is the most particular, a file of the user's the least.
    private readonly ServerCredentials? _credentials =
        given.UserInfo.Contains(':') ? ServerCredentials.OfPair(Uri.UnescapeDataString(given.UserInfo))
        : options.Credentials
        ?? options.Netrc?.Find(given.IdnHost.Trim('[', ']'), given.UserInfo.Length > 0 ? Uri.UnescapeDataString(given.UserInfo) : null)
        ?? (given.UserInfo.Length > 0 ? ServerCredentials.OfPair(Uri.UnescapeDataString(given.UserInfo)) : null);

    private readonly HashSet<string> _names = [.. options.Headers.Select(header => header.Name.ToUpperInvariant())];

    /// <summary>Those of a download of <paramref name="url"/>.</summary>
    public static OriginHeaders Of(Uri url, DownloadOptions options)
    {
        var own = new OriginHeaders(options.Origin ?? url, options);
        if (!own.IsFor(url) && (options.Headers.Count > 0 || (options.Credentials ?? (object?)options.ClientCertificate) is not null))
            options.Tell($"{url.Authority} is named by the Metalink alone, so it gets no headers, user name, token or certificate; if it should, download its URL, with --proof for the Metalink");
        return own;
    }

    /// <summary>Adds them to a request, if it goes to their origin; there they replace what rd says by itself.</summary>
    public void AddTo(HttpRequestMessage request)
    {
        if (!IsFor(request.RequestUri!))
        {
            // A mirror that the user named may have a user name and password of its own.
            if (options.Mirrors.FirstOrDefault(mirror => mirror.UserInfo.Length > 0 && RedirectTrail.IsSameOrigin(request.RequestUri!, mirror)) is { } own)
                Authorize(request, ServerCredentials.OfPair(Uri.UnescapeDataString(own.UserInfo)));
            return;
        }

        var headers = request.Headers;
        foreach (var name in _names)
            headers.Remove(name);
        foreach (var header in options.Headers)
            headers.TryAddWithoutValidation(header.Name, header.Value);
        if (_credentials is { } credentials && !_names.Contains("AUTHORIZATION"))
            Authorize(request, credentials);
    }

    /// <summary>Whether a request for <paramref name="url"/> may hold what is the user's.</summary>
    public bool IsFor(Uri url) => RedirectTrail.IsSameOrigin(url, given);

    private static void Authorize(HttpRequestMessage request, ServerCredentials credentials) =>
        request.Headers.Authorization = new AuthenticationHeaderValue(credentials.Scheme, credentials.Parameter);
}
