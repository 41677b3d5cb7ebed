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
        var elements = ForwardedElement.Parse(context.Request.Headers["Forwarded"]);
        // From the nearest proxy on, as long as the one that speaks is trusted: whatever stands before may be the client's own invention.
        for (var index = elements.Count - 1; index >= 0 && proxies.Trusts(context.Connection.RemoteIpAddress); index--)
        {
            var (client, scheme, host) = elements[index];
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
