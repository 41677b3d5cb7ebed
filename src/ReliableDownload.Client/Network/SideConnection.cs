using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Network;

/// <summary>One HTTP connection beside those that carry the file, for what is asked about it: metadata, digests. Follows redirects. One caller at a time.</summary>
internal sealed class SideConnection : IDisposable
{
    private readonly Session _session;
    private readonly ServerAddress _address;
    private readonly HttpMessageInvoker _http;

    public SideConnection(Session session)
    {
        (_session, _address) = (session, session.Address);
        _http = session.Requests.NewInvoker(_address.HandshakeLimit, (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, cancellationToken));
    }

    /// <summary>Asks for <paramref name="url"/> and returns when the answer's head is there; its body is still to be read.</summary>
    /// <param name="prepare">Adds what the request says beside the URL; called for each redirect again.</param>
    /// <exception cref="TimeoutException">Nothing came for too long.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri url, Action<HttpRequestHeaders> prepare, CancellationToken cancellationToken)
    {
        var trail = new RedirectTrail(url);
        while (true)
        {
            using var request = _session.Requests.Get(trail.Url, prepare);
            var response = await SendAsync(request, cancellationToken);
            if (!trail.Follow(response))
                return response;
        }
    }

    /// <summary>What the server says of the file itself just now; if that comes, it is not the line that fails elsewhere. Null where nothing comes.</summary>
    public async Task<FileAnswer?> AskForFileAsync(CancellationToken cancellationToken)
    {
        var given = _session.Place.Given;
        try
        {
            using var answer = await GetAsync(given, headers => headers.Range = new RangeHeaderValue(0, 0), cancellationToken);
            return FileAnswer.Of(answer, given, _session.Clock.GetUtcNow());
        }
        catch (Exception error) when (AttemptFailure.Of(error) is not null)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(_session.Options.StallLimit);
        try
        {
            return await _http.SendAsync(request, stall.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint server, CancellationToken cancellationToken)
    {
        var (address, clock) = (_address, _session.Clock);
        // Where digests are told elsewhere, the file waits for this.
        if (await address.Ready.TakeAsync(server) is { } ready)
            return new NetworkStream(ready, ownsSocket: true);
        var endPoint = await address.FindAsync(server, cancellationToken);
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(address.ConnectLimit);
        try
        {
            var started = clock.GetTimestamp();
            await socket.ConnectAsync(endPoint, limit.Token);
            address.TakeConnectTime(server, endPoint, clock.GetElapsedTime(started));
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception error)
        {
            address.Forget(server);
            socket.Dispose();
            if (error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
                throw new TimeoutException();
            throw;
        }
    }
}
