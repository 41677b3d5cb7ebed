using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Routing;

/// <summary>
/// Middleware that refuses request targets with characters that no URL has (RFC 3986, 2). Kestrel takes control characters, but not in the headers of answers that repeat
/// the target. One for all requests.
/// </summary>
internal sealed class PlainTarget(RequestBoundary boundary)
{
    public Task AnswerAsync(HttpContext context, RequestDelegate next) =>
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? boundary.AnswerAsync(context, RefuseAsync)
            : next(context);

    private static Task RefuseAsync(HttpContext context) =>
        TextResponse.WriteAsync(context, StatusCodes.Status400BadRequest, "the request's URL has characters that have to be percent-encoded\n");
}
