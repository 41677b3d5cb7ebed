using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Monitoring;
using ReliableDownload.Api.Routing;

namespace ReliableDownload.Api.Hosting;

/// <summary>Wraps every request: has it watched, writes its log line, and answers if reading failed. One for all requests.</summary>
internal sealed class RequestBoundary(RequestWatch watch, TimeProvider clock, ILogger log)
{
    public async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        var started = clock.GetTimestamp();
        watch.Begin(context);
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; there is nobody to answer.
        }
        catch (IOException error)
        {
            log.CannotRead(Target(context), error.Message);
            await FailAsync(context);
        }
        finally
        {
            if (log.IsEnabled(LogLevel.Debug))
                Write(context, clock.GetElapsedTime(started));
        }
    }

    private static Task FailAsync(HttpContext context)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        context.Response.Headers.RetryAfter = "5";
        return TextResponse.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "this cannot be read now; the server's log says why\n");
    }

    private void Write(HttpContext context, TimeSpan elapsed)
    {
        var (request, response) = (context.Request, context.Response);
        var bytes = context.RequestAborted.IsCancellationRequested ? "unfinished"
            : HttpMethods.IsHead(request.Method) ? "0 bytes"
            : response.ContentLength is { } length ? $"{length} bytes"
            : "-";
        var range = request.Headers.Range.Count > 0 ? $" {request.Headers.Range}" : "";
        var milliseconds = (long)elapsed.TotalMilliseconds;
        log.Answered(Client(context.Connection), request.Method, Target(context), response.StatusCode, bytes, milliseconds, range);
    }

    // A dual-stack socket reports IPv4 addresses as IPv4-mapped IPv6 ones.
    private static IPEndPoint? Client(ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } mapped => new IPEndPoint(mapped.MapToIPv4(), connection.RemotePort),
        var address => new IPEndPoint(address, connection.RemotePort),
    };

    private static string Target(HttpContext context) => MaskedTarget.Of(PathPrefix.TargetOf(context));
}
