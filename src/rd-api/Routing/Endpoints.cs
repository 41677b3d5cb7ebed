using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Listing;
using ReliableDownload.Api.Metadata;
using ReliableDownload.Api.Trees;

namespace ReliableDownload.Api.Routing;

/// <summary>Passes each request to the endpoint of its <see cref="Route"/>. One for all requests.</summary>
internal sealed class Endpoints(FileEndpoint files, MetadataEndpoint metadata, TreeEndpoint trees, FilesEndpoint batches, Health health)
{
    public Task AnswerAsync(HttpContext context)
    {
        var (kind, path, view) = context.Features.GetRequiredFeature<Route>();
        if (kind == RouteKind.Tree && HttpMethods.IsPost(context.Request.Method))
            return batches.AnswerAsync(context, path);
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            RefuseMethod(context, kind);
            return Task.CompletedTask;
        }

        return kind switch
        {
            RouteKind.File => files.AnswerAsync(context, path),
            RouteKind.View => AnswerAsync(context, path, view!.Value.View, view.Value.Value),
            RouteKind.Metadata => metadata.AnswerAsync(context, path),
            RouteKind.Tree => trees.AnswerAsync(context, path),
            RouteKind.Health => PageFile.Of(context.Request.Query) is { } file ? file.AnswerAsync(context) : health.AnswerAsync(context),
            RouteKind.Malformed => TextResponse.WriteAsync(context, StatusCodes.Status400BadRequest, "the path is not valid\n"),
            _ => TextResponse.NotFoundAsync(context),
        };
    }

    private static async Task AnswerAsync(HttpContext context, RequestPath path, IView view, string value)
    {
        if (!await view.TryAnswerAsync(context, path, value))
            await TextResponse.NotFoundAsync(context);
    }

    private static void RefuseMethod(HttpContext context, RouteKind kind)
    {
        var hasOptions = kind is not (RouteKind.Metadata or RouteKind.Tree or RouteKind.Health);
        context.Response.Headers.Allow = hasOptions ? "GET, HEAD, OPTIONS" : kind == RouteKind.Tree ? "GET, HEAD, POST" : "GET, HEAD";
        context.Response.StatusCode = hasOptions && HttpMethods.IsOptions(context.Request.Method)
            ? StatusCodes.Status204NoContent
            : StatusCodes.Status405MethodNotAllowed;
    }
}
