using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Routing;

/// <summary>
/// Middleware for a server whose root is not that of its host: takes the prefix off each request, so that nothing else knows of it but those that write
/// absolute URLs, and finds nothing outside. Only there if the operator wants it. One for all requests.
/// </summary>
/// <param name="prefix">Such as <c>/files</c>.</param>
internal sealed class PathPrefix(string prefix, RequestBoundary boundary)
{
    private readonly PathString _base = new(prefix);

    public Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        var path = RequestPath.EncodedOf(request.RawTarget);
        if (!path.StartsWith(prefix, StringComparison.Ordinal) || (path.Length > prefix.Length && path[prefix.Length] != '/'))
            return boundary.AnswerAsync(context, TextResponse.NotFoundAsync);
        if (path.Length == prefix.Length)
            return boundary.AnswerAsync(context, RedirectAsync);
        var query = request.RawTarget.IndexOf('?', StringComparison.Ordinal);
        request.RawTarget = string.Concat(path[prefix.Length..], query < 0 ? default : request.RawTarget.AsSpan(query));
        request.PathBase = _base.Value!;
        return next(context);
    }

    /// <summary>The request target as the client sent it; of an absolute one the path.</summary>
    public static string TargetOf(HttpContext context)
    {
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        return request.PathBase + request.RawTarget;
    }

    private Task RedirectAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = $"{prefix}/{context.Request.QueryString}";
        return Task.CompletedTask;
    }
}
