using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Sending;
using ReliableDownload.Api.Trees;

namespace ReliableDownload.Api.Routing;

/// <summary>
/// The first middleware. A request whose file can be opened without blocking, and whose client is known to be allowed to have it, is answered where it arrives, which
/// may be an event thread; every other request is moved to the thread pool before any other middleware sees it. One for all requests.
/// </summary>
internal sealed class Gate(FileEndpoint files, Views views, RequestBoundary boundary, AccessControl? access)
{
    public Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        SocketOutput.ReplaceRateLimit(context);
        if (AmbiguousBody.IsIn(context.Request))
            return boundary.AnswerAsync(context, AmbiguousBody.RefuseAsync);
        var route = Route.Of(context, views);
        if (route.Kind == RouteKind.Tree)
            FilesRequest.AdmitBody(context);
        return route.Kind == RouteKind.File && access?.IsGranted(context, route) != false && files.OpenWithoutBlocking(context, route.Path) is { } file
            ? boundary.AnswerAsync(context, _ => files.SendAsync(context, route.Path, file))
            : LeaveAsync(context, route, next);
    }

    private static async Task LeaveAsync(HttpContext context, Route route, RequestDelegate next)
    {
        await EventThread.LeaveAsync();
        EventThread.AssertLeft();
        context.Features.Set(route);
        await next(context);
    }
}
