using Microsoft.AspNetCore.Http;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>The answer to a request for metadata that cannot be met: the right status, and a body that old clients read, whatever they asked for.</summary>
internal static class MetadataError
{
    public static async Task WriteAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = $"{Wire.ClassicMediaType}; charset=utf-8";
        using var writer = new ClassicMetadataWriter(context.Response.BodyWriter);
        writer.Error(message);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
