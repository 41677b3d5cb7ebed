using System.Text;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Files;

/// <summary>Answers a request for a folder with a redirect to its slash, or with its listing.</summary>
internal static class FolderResponse
{
    // Bytes: a response is flushed when as much waits in it.
    private const int FlushSize = 64 << 10;

    /// <summary>A page's relative links need the slash. The path has no empty segment, so that no other host can be meant.</summary>
    public static void Redirect(HttpContext context, RequestPath path)
    {
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = $"/{PercentEncoding.Encode(path.Bytes.Span)}/{context.Request.QueryString}";
    }

    public static async Task ListAsync(HttpContext context, RequestPath path, IReadOnlyList<FolderEntry> entries)
    {
        var response = context.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.XContentTypeOptions = "nosniff";
        // Names are strangers' text: whatever slipped through the escaping, nothing on this page runs or loads.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        foreach (var piece in FolderListing.Pieces(path, entries))
        {
            Encoding.UTF8.GetBytes(piece, response.BodyWriter);
            if (response.BodyWriter.UnflushedBytes >= FlushSize)
                await response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }
}
