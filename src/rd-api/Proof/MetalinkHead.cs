using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Proof;

/// <summary>The head of an answer that is a Metalink.</summary>
internal static class MetalinkHead
{
    /// <param name="path">What the Metalink is about.</param>
    public static void Write(HttpContext context, RequestPath path)
    {
        // A client that keeps the document must not give it the name of the file that it downloads next.
        var bytes = path.Bytes.Span;
        var name = PercentEncoding.Encode(bytes[(bytes.LastIndexOf((byte)'/') + 1)..]);
        context.Response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{(name.Length > 0 ? name : "files")}.meta4";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = MetalinkWriter.MediaType;
    }
}
