using System.Net;

namespace ReliableDownload.Client.Network;

/// <summary>The way of one request through redirects (RFC 9110, 15.4). For one thread.</summary>
/// <param name="start">What is asked first.</param>
internal sealed class RedirectTrail(Uri start)
{
    /// <summary>More are not followed.</summary>
    public const int MaxRedirects = 10;

    private readonly HashSet<string> _asked = [start.AbsoluteUri];

    /// <summary>What to ask next.</summary>
    public Uri Url { get; private set; } = start;

    /// <summary>Whether two URLs have the same scheme, host and port: only then may one be told what belongs to the other.</summary>
    public static bool IsSameOrigin(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>Goes on to where <paramref name="answer"/> redirects to, and disposes of it; false where it does not redirect.</summary>
    /// <exception cref="RedirectException">It must not be followed.</exception>
    public bool Follow(HttpResponseMessage answer)
    {
        if (!IsRedirect(answer.StatusCode) || answer.Headers.Location is not { } location)
            return false;
        answer.Dispose();
        if (!Uri.TryCreate(Url, location, out var target) || target.Scheme is not ("http" or "https"))
            throw new RedirectException("the server redirects to something that is no http or https URL");
        // User names and passwords come from the user, never from a server.
        var next = new UriBuilder(target) { UserName = "", Password = "", Fragment = "" }.Uri;
        if (Url.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps)
            throw new RedirectException($"the server redirects from https to http ({Shown(next)}), which is not followed: anybody on the way could change the file");
        if (!_asked.Add(next.AbsoluteUri))
            throw new RedirectException($"the server redirects in a circle, by way of {Shown(next)}");
        if (_asked.Count > MaxRedirects + 1)
            throw new RedirectException($"the server redirects more than {MaxRedirects} times");
        Url = next;
        return true;
    }

    private static bool IsRedirect(HttpStatusCode status) => status
        is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    // A query may hold a key.
    private static string Shown(Uri url) => url.GetLeftPart(UriPartial.Path);
}
