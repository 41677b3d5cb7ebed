using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Proxies;

/// <summary>
/// The PROXY protocol: trusted proxies have to begin each connection with it, and nobody else may. Thread-safe.
/// </summary>
/// <param name="proxies">Who is trusted.</param>
/// <param name="limit">How long one may take.</param>
internal sealed class ProxyProtocol(ProxyOptions proxies, TimeSpan limit)
{
    /// <summary>Connection middleware that puts the client in place of the proxy; before whatever counts clients.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        if (proxies.Trusts((connection.RemoteEndPoint as IPEndPoint)?.Address))
        {
            if (await ReadAsync(connection) is not { } preamble)
            {
                connection.Abort(new ConnectionAbortedException("A trusted proxy did not begin with the PROXY protocol."));
                return;
            }

            connection.Features.Set(preamble);
            connection.RemoteEndPoint = preamble.Client ?? connection.RemoteEndPoint;
        }

        await next(connection);
    };

    /// <summary>Middleware that tells requests of clients that used TLS to the proxy.</summary>
    public static Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<ProxyPreamble>() is { IsTls: true })
            context.Request.Scheme = Uri.UriSchemeHttps;
        return next(context);
    }

    private async Task<ProxyPreamble?> ReadAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        using var over = new CancellationTokenSource(limit);
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(over.Token);
                var preamble = ProxyPreamble.Parse(result.Buffer, out var length, out var isComplete);
                if (preamble is not null)
                    input.AdvanceTo(result.Buffer.GetPosition(length));
                else
                    input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (isComplete || result.IsCompleted)
                    return preamble;
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            return null;
        }
    }
}
