namespace ReliableDownload.Client.Network;

/// <summary>Sends requests to the user's own origin by one handler, which shows the user's certificate, and all others by another, which does not.</summary>
internal sealed class OriginSwitch(Func<Uri, bool> isOwn, HttpMessageHandler own, HttpMessageHandler other) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _own = new(own);
    private readonly HttpMessageInvoker _other = new(other);

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => For(request).Send(request, cancellationToken);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => For(request).SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _own.Dispose();
            _other.Dispose();
        }

        base.Dispose(disposing);
    }

    private HttpMessageInvoker For(HttpRequestMessage request) => isOwn(request.RequestUri!) ? _own : _other;
}
