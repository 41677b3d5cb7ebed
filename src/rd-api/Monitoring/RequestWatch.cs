using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Monitoring;

/// <summary>Tells the observers of each request, after its last byte. Without observers it costs nothing. One for all requests.</summary>
internal sealed class RequestWatch(IEnumerable<IRequestObserver> observers, TimeProvider clock)
{
    private readonly IRequestObserver[] _observers = [.. observers];

    public void Begin(HttpContext context)
    {
        if (_observers.Length > 0)
            new Watched(_observers, clock, context).Begin();
    }

    private sealed class Watched(IRequestObserver[] observers, TimeProvider clock, HttpContext context)
    {
        private readonly DateTimeOffset _started = clock.GetUtcNow();
        private readonly long _timestamp = clock.GetTimestamp();
        private readonly SocketOutput? _output = SocketOutput.Of(context);
        private readonly long _sentBefore = SocketOutput.Of(context)?.BytesSent ?? 0;
        private TimeSpan? _toFirstByte;

        public void Begin()
        {
            foreach (var observer in observers)
                observer.Begin();
            context.Response.OnStarting(static state => ((Watched)state).Start(), this);
            context.Response.OnCompleted(static state => ((Watched)state).End(), this);
        }

        private Task Start()
        {
            _toFirstByte = clock.GetElapsedTime(_timestamp);
            return Task.CompletedTask;
        }

        private Task End()
        {
            var (request, response) = (context.Request, context.Response);
            var record = new RequestRecord
            {
                Client = Plain(context.Connection.RemoteIpAddress),
                User = context.User.Identity?.Name,
                Method = request.Method,
                Target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                Protocol = request.Protocol,
                Status = response.StatusCode,
                Bytes = Bytes(request, response),
                Started = _started,
                Duration = clock.GetElapsedTime(_timestamp),
                ToFirstByte = _toFirstByte,
                Range = Text(request.Headers.Range),
                Referer = Text(request.Headers.Referer),
                UserAgent = Text(request.Headers.UserAgent),
            };
            foreach (var observer in observers)
                observer.End(record);
            return Task.CompletedTask;
        }

        private long? Bytes(HttpRequest request, HttpResponse response)
        {
            if (HttpMethods.IsHead(request.Method) || response.StatusCode is StatusCodes.Status304NotModified or StatusCodes.Status204NoContent)
                return 0;
            if (!context.RequestAborted.IsCancellationRequested && response.ContentLength is { } length)
                return length;
            return _output is null ? null : Math.Max(0, _output.BytesSent - _sentBefore - HeadBytes(response));
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

        private static string? Text(Microsoft.Extensions.Primitives.StringValues header) => header.Count == 0 ? null : header.ToString();

        // A dual-stack socket reports IPv4 addresses as IPv4-mapped IPv6 ones.
        private static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }
}
