using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using ReliableDownload.Api.Routing;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Monitoring;

/// <summary>A request that is being answered. Thread-safe, except for its beginning and its end.</summary>
internal sealed class ActiveRequest(IRequestObserver[] observers, TimeProvider clock, HttpContext context)
{
    private readonly long _timestamp = clock.GetTimestamp();
    private readonly SocketOutput? _output = SocketOutput.Of(context);
    private readonly long _sentBefore = SocketOutput.Of(context)?.BytesSent ?? 0;
    private readonly BodyProgress _progress = new();
    private TimeSpan? _toFirstByte;

    public DateTimeOffset Started { get; } = clock.GetUtcNow();

    public IPAddress? Client { get; } = Plain(context.Connection.RemoteIpAddress);

    public string Method { get; } = context.Request.Method;

    /// <summary>The request target, without a link's signature. Untrusted.</summary>
    public string Target { get; } = MaskedTarget.Of(PathPrefix.TargetOf(context));

    public TimeSpan Elapsed => clock.GetElapsedTime(_timestamp);

    /// <summary>How many bytes of the body there will be; null if that is not known (yet).</summary>
    public long? Length { get; private set; }

    /// <summary>Bytes of the response that the kernel has accepted so far, headers included; over TLS the bytes of files in it that were handed to be encrypted.</summary>
    public long BytesSent => _output is null ? _progress.Bytes : Math.Max(0, _output.BytesSent - _sentBefore);

    public void Begin()
    {
        if (_output is null)
            context.Features.Set(_progress);
        foreach (var observer in observers)
            observer.Begin(this);
        context.Response.OnStarting(static state => ((ActiveRequest)state).Start(), this);
        context.Response.OnCompleted(static state => ((ActiveRequest)state).End(), this);
    }

    private Task Start()
    {
        _toFirstByte = Elapsed;
        Length = HttpMethods.IsHead(Method) ? 0 : context.Response.ContentLength;
        return Task.CompletedTask;
    }

    private Task End()
    {
        var (request, response) = (context.Request, context.Response);
        var record = new RequestRecord
        {
            Client = Client,
            User = context.User.Identity?.Name,
            Method = Method,
            Target = Target,
            Protocol = request.Protocol,
            Status = response.StatusCode,
            Bytes = Bytes(request, response),
            Started = Started,
            Duration = Elapsed,
            ToFirstByte = _toFirstByte,
            Range = Text(request.Headers.Range),
            Referer = Text(request.Headers.Referer) is { } referer ? MaskedTarget.Of(referer) : null,
            UserAgent = Text(request.Headers.UserAgent),
        };
        foreach (var observer in observers)
            observer.End(this, record);
        return Task.CompletedTask;
    }

    private long? Bytes(HttpRequest request, HttpResponse response)
    {
        if (HttpMethods.IsHead(request.Method) || response.StatusCode is StatusCodes.Status304NotModified or StatusCodes.Status204NoContent)
            return 0;
        if (!context.RequestAborted.IsCancellationRequested && response.ContentLength is { } length)
            return length;
        return _output is null ? _progress.Bytes is > 0 and var handed ? handed : null : Math.Max(0, BytesSent - HeadBytes(response));
    }

    // As Kestrel writes it: the status line, a line for each value, an empty line.
    private static long HeadBytes(HttpResponse response)
    {
        var bytes = "HTTP/1.1 200 \r\n\r\n".Length + ReasonPhrases.GetReasonPhrase(response.StatusCode).Length;
        foreach (var (name, values) in response.Headers)
        {
            foreach (var value in values)
                bytes += name.Length + ": \r\n".Length + (value?.Length ?? 0);
        }

        return bytes;
    }

    private static string? Text(StringValues header) => header.Count == 0 ? null : header.ToString();

    // A dual-stack socket reports IPv4 addresses as IPv4-mapped IPv6 ones.
    private static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
}
