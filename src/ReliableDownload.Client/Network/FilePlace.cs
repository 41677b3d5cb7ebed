using System.Net;
using System.Net.Http.Headers;

namespace ReliableDownload.Client.Network;

/// <summary>
/// Where the bytes of the file are: at the URL that the user gave, or where its server redirects to. The place is remembered; when it stops
/// working, as signed URLs do after a while, the given URL is asked again. One for a download; safe for threads.
/// </summary>
internal sealed class FilePlace(Uri given, Requests requests)
{
    private volatile Uri _current = given;

    /// <summary>The URL that the user gave.</summary>
    public Uri Given { get; } = given;

    /// <summary>Sends a request for the file and follows redirects.</summary>
    /// <param name="prepare">Adds what the request says beside the URL; called for each redirect again.</param>
    /// <returns>The answer; its request's URL is where it came from.</returns>
    /// <exception cref="RedirectException">A redirect must not be followed.</exception>
    public HttpResponseMessage Send(Connection connection, Action<HttpRequestHeaders> prepare, CancellationToken cancellationToken)
    {
        var start = _current;
        var trail = new RedirectTrail(start);
        while (true)
        {
            var answer = SendOnce(connection, trail.Url, prepare, cancellationToken);
            if (trail.Follow(answer))
                continue;
            if (answer.IsSuccessStatusCode)
                _current = trail.Url;
            // It was remembered because it worked.
            else if (start != Given && IsGone(answer.StatusCode))
            {
                answer.Dispose();
                Interlocked.CompareExchange(ref _current, Given, start);
                start = Given;
                trail = new RedirectTrail(Given);
                continue;
            }

            return answer;
        }
    }

    private HttpResponseMessage SendOnce(Connection connection, Uri url, Action<HttpRequestHeaders> prepare, CancellationToken cancellationToken)
    {
        using var request = requests.Get(url, prepare);
        return connection.Send(request, cancellationToken);
    }

    private static bool IsGone(HttpStatusCode status) =>
        status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone;
}
