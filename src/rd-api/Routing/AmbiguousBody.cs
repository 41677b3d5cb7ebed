using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Routing;

/// <summary>
/// A request with both a length and chunks, of which a proxy may see another end than this server: the rest would be taken for the next client's
/// request. RFC 9112, 6.3 allows to refuse it.
/// </summary>
internal static class AmbiguousBody
{
    // Kestrel takes the chunks, and puts the length there.
    private const string IgnoredLength = "X-Content-Length";

    public static bool IsIn(HttpRequest request) => request.Headers.TransferEncoding.Count > 0 && request.Headers.ContainsKey(IgnoredLength);

    public static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.Connection = "close";
        return TextResponse.WriteAsync(context, StatusCodes.Status400BadRequest, "the request has both a length and chunks\n");
    }
}
