using System.Net;
using System.Net.Http.Headers;

namespace ReliableDownload.Client.Network;

/// <summary>
/// Where the bytes of the file are: at the URL that the user gave, or where its server redirects to. The place is remembered; when it stops
/// working, as signed URLs do after a while and servers do that are gone, the given URL is asked again. One for a download; safe for threads.
/// </summary>
internal sealed class FilePlace(Uri given, Requests requests)
{
    private volatile Uri _current = given;
    private volatile Uri _working = given;

    /// <summary>The URL that the user gave.</summary>
    public Uri Given { get; } = given;

    /// <summary>Sends a request for the file and follows redirects.</summary>
    /// <param name="prepare">Adds what the request says beside the URL; called for each redirect again.</param>
    /// <returns>The answer; its request's URL is where it came from.</returns>
    /// <exception cref="RedirectException">A redirect must not be followed.</exception>
    public HttpResponseMessage Send(Connection connection, Action<HttpRequestHeaders> prepare, CancellationToken cancellationToken) =>
        Send(connection, url => requests.Get(url, prepare), cancellationToken);

    /// <param name="request">Makes the request for a URL, of whatever method; called for each redirect again. It has to change nothing on the server.</param>
    /// <inheritdoc cref="Send(Connection, Action{HttpRequestHeaders}, CancellationToken)"/>
    public HttpResponseMessage Send(Connection connection, Func<Uri, HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        var start = _current;
        var trail = new RedirectTrail(start);
        while (true)
        {
            var answer = SendOnce(connection, start, request(trail.Url), cancellationToken);
            if (trail.Follow(answer))
                continue;
            // A page of a proxy that wants a login first is no place of the file.
            if (answer.IsSuccessStatusCode && FileAnswer.RefusalOf(answer, Given) is null)
            {
                _current = _working = trail.Url;
                return answer;
            }

            TurnFrom(start);
            // It was remembered because it worked.
            if (start == Given || !IsGone(answer.StatusCode))
                return answer;
            answer.Dispose();
            _working = start = Given;
            trail = new RedirectTrail(Given);
        }
    }

    private HttpResponseMessage SendOnce(Connection connection, Uri start, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using (request)
                return connection.Send(request, cancellationToken);
        }
        catch
        {
            TurnFrom(start);
            throw;
        }
    }

    // Either of the two may be gone: the server that redirects, or the one that it led to. Whoever tries again asks the other one.
    private void TurnFrom(Uri start) => Interlocked.CompareExchange(ref _current, start == Given ? _working : Given, start);

    private static bool IsGone(HttpStatusCode status) =>
        status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone;
}
