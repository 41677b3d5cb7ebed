using Microsoft.AspNetCore.Http;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Metadata;

/// <summary>
/// Why a request for metadata fails: the fitting status, and a sentence in a body that old clients can read, whichever form was
/// requested.
/// </summary>
internal sealed record MetadataError(int Status, string Message)
{
    /// <summary>The content type of the classic form.</summary>
    public const string MediaType = $"{Wire.ClassicMediaType}; charset=utf-8";

    // Time for a full queue to finish some jobs, or for a failure to pass.
    private const string RetrySeconds = "5";

    public async Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentType = MediaType;
        if (Status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = RetrySeconds;
        using var writer = new ClassicMetadataWriter(context.Response.BodyWriter);
        writer.Error(Message);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
