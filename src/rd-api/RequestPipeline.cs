using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Headers;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Proxies;
using ReliableDownload.Api.Routing;
using ReliableDownload.Api.Tls;

namespace ReliableDownload.Api;

/// <summary>What a request goes through, in order. Up to <see cref="Gate"/> it may be on an event thread, so nothing there waits.</summary>
internal static class RequestPipeline
{
    public static void Add(WebApplication app, RdApiOptions options, IReadOnlyList<ListenPoint> listenPoints)
    {
        if (listenPoints.Any(point => point.EndPoint is FileHandleEndPoint))
            app.Use(PassedListeners.AnswerAsync);
        app.UseProxies(options.Proxies);
        app.Use(app.Services.GetRequiredService<PlainTarget>().AnswerAsync);
        if (listenPoints.Any(point => point.IsRedirect))
            app.Use(app.Services.GetRequiredService<RedirectToTls>().AnswerAsync);
        if (options.PathPrefix is { } prefix)
            app.Use(new PathPrefix(prefix, app.Services.GetRequiredService<RequestBoundary>()).AnswerAsync);
        app.UseHeaders(options);
        if (app.Services.GetService<RequestLimit>() is { } requests)
            app.Use(requests.AnswerAsync);
        if (options.Tls is not null)
            app.Use(app.Services.GetRequiredService<FurtherRequests>().AnswerAsync);
        app.Use(app.Services.GetRequiredService<Gate>().AnswerAsync);
        app.Use(app.Services.GetRequiredService<RequestBoundary>().AnswerAsync);
        if (app.Services.GetService<AccessControl>() is { } access)
            app.Use(access.AnswerAsync);
        app.Run(app.Services.GetRequiredService<Endpoints>().AnswerAsync);
    }
}
