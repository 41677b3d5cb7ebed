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
        var limit = app.Services.GetService<RequestLimit>();
        // Without the operator's headers: those about TLS must not be sent without it (RFC 6797, 7.2).
        if (listenPoints.Any(point => point.IsRedirect))
            app.MapWhen(RedirectToTls.IsFor, withoutTls => AddPlain(withoutTls, limit).Run(app.Services.GetRequiredService<RedirectToTls>().AnswerAsync));
        app.UseHeaders(options, limit);
        AddPlain(app, limit);
        if (options.PathPrefix is { } prefix)
            app.Use(new PathPrefix(prefix, app.Services.GetRequiredService<RequestBoundary>()).AnswerAsync);
        if (options.Tls is not null)
            app.Use(app.Services.GetRequiredService<FurtherRequests>().AnswerAsync);
        app.Use(app.Services.GetRequiredService<Gate>().AnswerAsync);
        app.Use(app.Services.GetRequiredService<RequestBoundary>().AnswerAsync);
        if (app.Services.GetService<AccessControl>() is { } access)
            app.Use(access.AnswerAsync);
        app.Run(app.Services.GetRequiredService<Endpoints>().AnswerAsync);
    }

    private static IApplicationBuilder AddPlain(IApplicationBuilder app, RequestLimit? limit)
    {
        if (limit is not null)
            app.Use(limit.AnswerAsync);
        return app.Use(app.ApplicationServices.GetRequiredService<PlainTarget>().AnswerAsync);
    }
}
