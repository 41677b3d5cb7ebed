using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Proxies;

/// <summary>
/// Middleware that puts the client, scheme and host of a <c>Forwarded</c> header in place of those of the trusted proxy that sent it. The framework has this
/// for <c>X-Forwarded-For</c> alone. One for all requests.
/// </summary>
internal sealed class ForwardedClient(ProxyOptions proxies)
{
    public Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        // From the nearest proxy on, as long as the one that speaks is trusted: whatever stands before may be the client's own invention.
        foreach (var (client, scheme, host) in ForwardedElement.Parse(context.Request.Headers["Forwarded"]))
        {
            if (!proxies.Trusts(context.Connection.RemoteIpAddress))
                break;
            if (scheme is not null)
                context.Request.Scheme = scheme;
            if (host is not null)
                context.Request.Host = new HostString(host);
            if (client is null)
                break;
            (context.Connection.RemoteIpAddress, context.Connection.RemotePort) = (client.Address, client.Port);
        }

        return next(context);
    }
}
