using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace ReliableDownload.Api.Files;

/// <summary>Answers a request for a file that was opened, whatever its conditions and range (RFC 9110). One for all requests.</summary>
internal sealed class FileResponse(TimeProvider clock, ILogger<FileResponse> log)
{
    private static readonly FileExtensionContentTypeProvider MediaTypes = new();

    public async Task SendAsync(HttpContext context, RequestPath path, ServedFile file)
    {
        var size = file.Identity.Size;
        var tag = new EntityTagHeaderValue(file.Identity.Version.ETag);
        var modified = LastModified(file.Identity);
        var decision = FileDecision.Of(context.Request.Method, context.Request.Headers, tag, modified, size);

        var response = context.Response;
        response.StatusCode = decision.Status;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = tag.ToString();
        response.Headers.LastModified = HeaderUtilities.FormatDate(modified);
        if (decision.Status == StatusCodes.Status416RangeNotSatisfiable)
            response.Headers.ContentRange = new ContentRangeHeaderValue(size).ToString();
        if (decision.Status is not (StatusCodes.Status200OK or StatusCodes.Status206PartialContent))
            return;
        if (decision.Status == StatusCodes.Status206PartialContent)
            response.Headers.ContentRange = new ContentRangeHeaderValue(decision.Offset, decision.Last, size).ToString();
        response.ContentType = MediaType(path);
        response.ContentLength = decision.Count;
        response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsHead(context.Request.Method))
            return;

        // Before it has started, the response's own buffer would copy every byte.
        await response.StartAsync(context.RequestAborted);
        if (await FileBody.SendAsync(context, file.Handle, decision.Offset, decision.Count))
            return;
        log.FileShrank(path);
        context.Abort();
    }

    /// <summary>In whole seconds, and never later than the response's Date (RFC 9110, 8.8.2.1), which may be a second old.</summary>
    private DateTimeOffset LastModified(FileIdentity identity)
    {
        var modified = DateTimeOffset.UnixEpoch.AddTicks(identity.Modified / 100);
        var date = clock.GetUtcNow() - TimeSpan.FromSeconds(1);
        var time = modified < date ? modified : date;
        return time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
    }

    private static StringValues MediaType(RequestPath path)
    {
        if (!MediaTypes.TryGetContentType(path.Text, out var type))
            return "application/octet-stream";
        return type.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8" : type;
    }
}
