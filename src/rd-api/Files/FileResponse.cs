using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace ReliableDownload.Api.Files;

/// <summary>Answers a request for a file that was opened, whatever its conditions and range (RFC 9110). One for all requests.</summary>
internal sealed class FileResponse(TimeProvider clock, ILogger<FileResponse> log)
{
    // Who fetches a file by its ranges asks for one file again and again.
    private volatile FileDescription? _last;

    public async Task SendAsync(HttpContext context, RequestPath path, ServedFile file)
    {
        var size = file.Identity.Size;
        var description = Describe(path, file.Identity);
        var decision = FileDecision.Of(context.Request.Method, context.Request.Headers, description.Tag, description.Modified, size);

        var response = context.Response;
        response.StatusCode = decision.Status;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = description.Tag.ToString();
        response.Headers.LastModified = description.LastModified;
        if (decision.Status == StatusCodes.Status416RangeNotSatisfiable)
            response.Headers.ContentRange = new ContentRangeHeaderValue(size).ToString();
        if (decision.Status is not (StatusCodes.Status200OK or StatusCodes.Status206PartialContent))
            return;
        if (decision.Status == StatusCodes.Status206PartialContent)
            response.Headers.ContentRange = new ContentRangeHeaderValue(decision.Offset, decision.Last, size).ToString();
        response.ContentType = description.MediaType;
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

    private FileDescription Describe(RequestPath path, FileIdentity identity)
    {
        var modified = LastModified(identity);
        if (_last is { } last && last.Identity == identity && last.Modified == modified && last.Path.Bytes.Span.SequenceEqual(path.Bytes.Span))
            return last;
        return _last = new FileDescription(path, identity, modified);
    }

    /// <summary>In whole seconds, and never later than the response's Date (RFC 9110, 8.8.2.1), which may be a second old.</summary>
    private DateTimeOffset LastModified(FileIdentity identity)
    {
        var modified = DateTimeOffset.UnixEpoch.AddTicks(identity.Modified / 100);
        var date = clock.GetUtcNow() - TimeSpan.FromSeconds(1);
        var time = modified < date ? modified : date;
        return time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
    }
}
