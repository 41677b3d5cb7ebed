using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Metadata;

/// <summary>
/// The answer to <c>/rd/ready</c>, unless there is a file of that name: whether a load balancer should send clients here. Not while a part of
/// the server has failed or the server is stopping, nor while it is cut off from the Redis that it shares with others. One for all requests.
/// </summary>
internal sealed class Readiness(Vitals vitals, StoreAccess store, RdApiOptions options, IHostApplicationLifetime lifetime)
{
    /// <summary>Whether a path below <c>/rd/</c> asks for it.</summary>
    public static bool IsAskedFor(RequestPath path) => path.Bytes.Span.SequenceEqual("ready"u8);

    public Task AnswerAsync(HttpContext context)
    {
        var missing = vitals.Ended;
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            missing = missing.Append("stopping");
        if (options.Redis is not null && store.IsAway)
            missing = missing.Append("store");
        return Health.WriteAsync(context, missing);
    }
}
