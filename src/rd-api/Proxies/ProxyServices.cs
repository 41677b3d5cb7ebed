using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;

namespace ReliableDownload.Api.Proxies;

/// <summary>Has requests show the clients of trusted proxies, if there are any.</summary>
internal static class ProxyServices
{
    /// <summary>To be called before any other middleware is added.</summary>
    public static void UseProxies(this WebApplication app, ProxyOptions proxies)
    {
        if (!proxies.HasAny)
            return;
        if (proxies.Header == ProxyHeader.ProxyProtocol)
            app.Use(ProxyProtocol.AnswerAsync);
        else if (proxies.Header == ProxyHeader.Forwarded)
            app.Use(new ForwardedClient(proxies).AnswerAsync);
        else
            app.UseWhen(context => proxies.Trusts(context.Connection.RemoteIpAddress), trusted => trusted.UseForwardedHeaders(Framework(proxies)));
    }

    private static ForwardedHeadersOptions Framework(ProxyOptions proxies)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            // As many as there are: each is believed only if it was said by a trusted proxy.
            ForwardLimit = null,
        };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        // With both lists empty the framework would believe everybody; this address is nobody's.
        options.KnownProxies.Add(IPAddress.None);
        foreach (var network in proxies.Networks)
            options.KnownIPNetworks.Add(network);
        return options;
    }
}
