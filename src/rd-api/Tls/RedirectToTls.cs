using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Tls;

/// <summary>Sends every request without TLS to the same path on the port with TLS. One for all requests.</summary>
internal sealed class RedirectToTls(IServer server, RequestBoundary boundary)
{
    private const int DefaultPort = 443;

    private readonly Lazy<int> _port = new(() => server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
        .Select(address => BindingAddress.Parse(address)).FirstOrDefault(address => address.Scheme == Uri.UriSchemeHttps && !address.IsUnixPipe)?.Port ?? DefaultPort);

    public static bool IsFor(HttpContext context) => context.Features.Get<ITlsHandshakeFeature>() is null;

    public Task AnswerAsync(HttpContext context) => boundary.AnswerAsync(context, RedirectAsync);

    private Task RedirectAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!context.Request.Host.HasValue || !target.StartsWith('/'))
            return TextResponse.WriteAsync(context, StatusCodes.Status400BadRequest, "this server speaks https\n");
        var host = new HostString(context.Request.Host.Host, _port.Value);
        context.Response.Headers.Location = $"https://{(_port.Value == DefaultPort ? context.Request.Host.Host : host.ToUriComponent())}{target}";
        // 308, unlike 301, keeps the method.
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        return Task.CompletedTask;
    }
}
