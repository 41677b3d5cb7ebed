using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Routing;

namespace ReliableDownload.Api.Listing;

/// <summary><c>?json</c>: a folder for programs. One for all requests.</summary>
internal sealed class JsonView(IWebRoot root, JsonListing listing) : IView
{
    public string Name => "json";

    public Task<bool> TryAnswerAsync(HttpContext context, RequestPath path, string value) =>
        FolderResponse.TryAnswerAsync(context, root, path, folder => listing.WriteAsync(context, path, folder));
}
