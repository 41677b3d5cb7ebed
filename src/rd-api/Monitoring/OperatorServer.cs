using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Monitoring;

/// <summary>
/// Serves <c>/metrics</c> and <c>/status</c> at an address of its own, and nothing else: whoever may see the figures need not be able to fetch
/// files, and the other way round.
/// </summary>
internal sealed class OperatorServer(RdApiOptions options, ServerMetrics metrics, ServerStatus status, ILogger log) : IHostedService, IAsyncDisposable
{

    private WebApplication? _app;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "rd-api operator" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = Limits.OperatorConnections;
            kestrel.Listen(options.MetricsListen!);
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            throw new CannotStartException($"the metrics cannot be served at {options.MetricsListen}: {error.Message.TrimEnd('.')}; choose another address with --metrics-listen", error);
        }

        foreach (var url in _app.Urls)
            log.MetricsAt($"{url}/metrics", $"{url}/status");
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is not null)
            await _app.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        // All figures are in memory, but there are many of them, and other clients share an event thread.
        if (EventThread.IsCurrent)
            await EventThread.LeaveAsync();
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        switch (context.Request.Path.Value)
        {
            case "/metrics":
                context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
                await metrics.WriteAsync(context.Response.Body, context.RequestAborted);
                break;
            case "/status" when context.Request.QueryString.Value == "?json":
                context.Response.ContentType = "application/json";
                await StatusJson.WriteAsync(context.Response.BodyWriter, status.Read(), context.RequestAborted);
                break;
            case "/status":
                context.Response.ContentType = "text/html; charset=utf-8";
                context.Response.Headers.ContentSecurityPolicy = StatusPage.ContentSecurityPolicy;
                await context.Response.WriteAsync(StatusPage.Write(status.Read()), context.RequestAborted);
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }
}
