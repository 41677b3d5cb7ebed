using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Monitoring;

/// <summary>
/// Serves <c>/metrics</c> at an address of its own, and nothing else: whoever may see the figures need not be able to fetch files, and
/// the other way round.
/// </summary>
internal sealed class MetricsServer(RdApiOptions options, ServerMetrics metrics, ILogger<MetricsServer> log) : IHostedService, IAsyncDisposable
{
    private const int MaxConnections = 16;

    private WebApplication? _app;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "rd-api metrics" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Listen(options.MetricsListen!);
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
        try
        {
            await _app.StartAsync(cancellationToken);
        }
        catch (IOException error)
        {
            throw new CannotStartException($"the metrics cannot be served at {options.MetricsListen}: {error.Message.TrimEnd('.')}; choose another address with --metrics-listen", error);
        }

        foreach (var url in _app.Urls)
            log.MetricsAt($"{url}/metrics");
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path != "/metrics")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        // All figures are in memory, but there are many of them, and other clients share an event thread.
        if (EventThread.IsCurrent)
            await EventThread.LeaveAsync();
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        await metrics.WriteAsync(context.Response.Body, context.RequestAborted);
    }
}
