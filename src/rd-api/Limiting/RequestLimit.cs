using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Limiting;

/// <summary>
/// Middleware that answers 429 to a client that asks too often. Only there if the operator wants it. Remembers one number for each client
/// that asked within the last seconds: when its last request would have come, had all come evenly. One for all requests; thread-safe.
/// </summary>
internal sealed class RequestLimit(int perSecond, RequestBoundary boundary, TimeProvider clock) : IReloadable
{
    // A page with its style and script, or rd with its connections, asks for several things at once.
    private static readonly TimeSpan AveragedOver = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, TimeSpan> _last = [];
    private readonly long _began = clock.GetTimestamp();
    private int _perSecond = perSecond;

    public string Name => "requests of a client";

    public IReadOnlyList<string> Options => ["--limit-requests"];

    public Action? Prepare(RdApiOptions next) => () =>
    {
        lock (_gate)
            _perSecond = next.Limits.RequestsOfClient ?? int.MaxValue;
    };

    /// <summary>Refused requests are logged and counted as others are.</summary>
    public Task AnswerAsync(HttpContext context, RequestDelegate next) =>
        WaitOf(DigestRequest.ClientOf(context.Connection.RemoteIpAddress)) is { Ticks: > 0 } wait
            ? boundary.AnswerAsync(context, refused => RefuseAsync(refused, wait))
            : next(context);

    private TimeSpan WaitOf(IPAddress client)
    {
        var now = clock.GetElapsedTime(_began);
        lock (_gate)
        {
            var last = _last.GetValueOrDefault(client);
            var next = (last > now ? last : now) + (TimeSpan.FromSeconds(1) / _perSecond);
            if (next - now > AveragedOver)
                return next - now - AveragedOver;
            if (_last.Count == Limits.CountedClients)
                ForgetIdle(now);
            _last[client] = next;
            return TimeSpan.Zero;
        }
    }

    private void ForgetIdle(TimeSpan now)
    {
        foreach (var (client, last) in _last)
        {
            if (last <= now)
                _last.Remove(client);
        }

        // So many clients within seconds are an attack: for a moment nobody is limited, which is better than searching the table for each request.
        if (_last.Count > Limits.CountedClients / 2)
            _last.Clear();
    }

    private static Task RefuseAsync(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.CacheControl = "no-store";
        return TextResponse.WriteAsync(context, StatusCodes.Status429TooManyRequests, "too many requests came from this address: wait a moment\n");
    }
}
