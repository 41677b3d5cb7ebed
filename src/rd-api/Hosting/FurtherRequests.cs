using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Middleware that counts requests of HTTP/2, of which a connection carries many at a time: one has the connection's own room, and each further one takes as much as another connection would.
/// Where there is no room it waits for the connection's own, and is then answered 503. Otherwise a few connections could take all descriptors and memory. One for all requests.
/// </summary>
internal sealed class FurtherRequests(ConnectionRoom room, RequestBoundary boundary)
{
    // What belongs to a page may come one after the other, but a page does not wait for the end of a download.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Connection middleware for connections with TLS, the only ones that may speak HTTP/2.</summary>
    public static ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        using var room = new SemaphoreSlim(1);
        connection.Features.Set(new OwnRoom(room));
        await next(connection);
    };

    public async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol) && !await TryEnterAsync(context))
            await boundary.AnswerAsync(context, RefuseAsync);
        else
            await next(context);
    }

    private async Task<bool> TryEnterAsync(HttpContext context)
    {
        var own = context.Features.GetRequiredFeature<OwnRoom>().Free;
        var isOwn = await own.WaitAsync(TimeSpan.Zero);
        if (!isOwn && !room.TryEnterFurther() && !(isOwn = await own.WaitAsync(Patience, CancellationToken.None)))
            return false;
        // Only after the last byte: what was written into memory stays there until the client takes it.
        context.Response.OnCompleted(() =>
        {
            if (isOwn)
                own.Release();
            else
                room.Leave();
            return Task.CompletedTask;
        });
        return true;
    }

    // Without a body, which a client need not take.
    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "5";
        return Task.CompletedTask;
    }

    /// <summary>The room for one request that a connection brings along.</summary>
    private sealed record OwnRoom(SemaphoreSlim Free);
}
