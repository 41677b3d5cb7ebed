using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Proof;

namespace ReliableDownload.Api.Files;

/// <summary>Answers a request for an open file, including its conditions and ranges (RFC 9110). One for all requests.</summary>
internal sealed class FileResponse(FileLinks links, DigestHeaders digests, FileVersions versions, TimeProvider clock, ILogger log)
{
    // Clients that fetch a file by ranges ask for the same file again and again.
    private volatile FileDescription? _last;

    /// <summary>Has the next response describe its file anew.</summary>
    public void Forget() => _last = null;

    public async Task SendAsync(HttpContext context, RequestPath path, ServedFile file)
    {
        var description = Describe(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, path, file.Identity, context.Request.Headers);
        var decision = FileDecision.Of(context.Request.Method, context.Request.Headers, description);
        var response = context.Response;
        response.StatusCode = decision.Status;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = description.Tag;
        response.Headers.LastModified = description.LastModified;
        // A cache would keep it under a tag that no If-Range fits to, and put it together with what it gets later.
        if (description.IsYoung)
            response.Headers.AppendCommaSeparatedValues(HeaderNames.CacheControl, "no-cache");
        if (decision.Status == StatusCodes.Status416RangeNotSatisfiable)
            response.Headers.ContentRange = new ContentRangeHeaderValue(file.Identity.Size).ToString();
        if (decision.Status is not (StatusCodes.Status412PreconditionFailed or StatusCodes.Status416RangeNotSatisfiable))
            await DescribeAsync(context, path, description);
        if (decision.Status is not (StatusCodes.Status200OK or StatusCodes.Status206PartialContent))
            return;

        response.Headers.XContentTypeOptions = "nosniff";
        var isSent = decision.Parts is { } parts
            ? await SendPartsAsync(context, description, file, parts)
            : await SendRangeAsync(context, description, file, decision.Range);
        if (isSent)
            return;
        log.FileShrank(path);
        context.Abort();
    }

    private static async Task<bool> SendRangeAsync(HttpContext context, FileDescription description, ServedFile file, ByteRange range)
    {
        var response = context.Response;
        if (response.StatusCode == StatusCodes.Status206PartialContent)
            response.Headers.ContentRange = MultipartBody.ContentRange(range, file.Identity.Size);
        response.ContentType = description.MediaType;
        response.ContentLength = range.Count;
        if (!await DigestHeaders.AddContentAsync(context, file, range))
            return false;
        if (HttpMethods.IsHead(context.Request.Method))
            return true;

        // Until the response has started, its own buffer would copy every byte.
        await response.StartAsync(context.RequestAborted);
        return await FileBody.SendAsync(context, file.Handle, range.Offset, range.Count);
    }

    private static async Task<bool> SendPartsAsync(
        HttpContext context, FileDescription description, ServedFile file, IReadOnlyList<ByteRange> parts)
    {
        var body = new MultipartBody(parts, description.MediaType, file.Identity.Size);
        context.Response.ContentType = body.MediaType;
        context.Response.ContentLength = body.Length;
        await context.Response.StartAsync(context.RequestAborted);
        return await body.SendAsync(context, file.Handle);
    }

    private async ValueTask DescribeAsync(HttpContext context, RequestPath path, FileDescription description)
    {
        context.Response.Headers.Link = description.Link;
        if (description.ReprDigest is { } known)
            context.Response.Headers["Repr-Digest"] = known;
        if (!DigestHeaders.IsWholeWanted(context.Request))
            return;
        var digest = description.Whole ?? await digests.AskAsync(context, path, description.Identity);
        if (digest is null)
            return;
        context.Response.Headers["Repr-Digest"] = DigestHeaders.Value(digest);
        DigestHeaders.AddOld(context, digest);
    }

    private FileDescription Describe(string target, RequestPath path, FileIdentity identity, IHeaderDictionary headers)
    {
        var (now, whole) = (clock.GetUtcNow(), digests.InMemory(path, identity));
        var isByContent = versions.IsByContent(headers, identity, whole);
        if (_last is { } last && last.IsOf(target, path, identity, now, whole, isByContent))
            return last;
        return _last = new FileDescription(target, path, identity, now, links.Of(target, path), whole, versions.ByContent(whole), isByContent);
    }
}
