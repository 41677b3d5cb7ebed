using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ReliableDownload.Api.Headers;

/// <summary>
/// Middleware that adds the operator's headers to each response, but in place of none that the server has set for a reason of its own. One for all requests.
/// </summary>
internal sealed class ResponseHeaders(CurrentOptions options)
{
    public Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        // At the last moment, when it is known what the response is.
        if (options.Value.Headers.Count > 0)
            context.Response.OnStarting(Add, context);
        return next(context);
    }

    private Task Add(object state)
    {
        var response = ((HttpContext)state).Response;
        foreach (var header in options.Value.Headers.GroupBy(header => header.Name, StringComparer.OrdinalIgnoreCase))
        {
            if (response.StatusCode < StatusCodes.Status400BadRequest || !header.First().IsAboutCaching)
                response.Headers.TryAdd(header.Key, new StringValues([.. header.Select(one => one.Value)]));
        }

        return Task.CompletedTask;
    }
}
