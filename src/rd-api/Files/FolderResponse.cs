using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>Answers a request for a folder with a redirect to the URL with a slash, or with its listing. One for all requests.</summary>
internal sealed class FolderResponse(FolderSnapshots snapshots)
{
    // Bytes: a response is flushed when it has buffered this much.
    private const int FlushSize = 64 << 10;

    // Time for some of the listings that hold the memory to finish.
    private const string RetrySeconds = "5";

    /// <summary>A page's relative links need the slash. The path has no empty segment, so it cannot name another host.</summary>
    public static void Redirect(HttpContext context, RequestPath path)
    {
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = $"/{PercentEncoding.Encode(path.Bytes.Span)}/{context.Request.QueryString}";
    }

    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async Task ListAsync(HttpContext context, RequestPath path, IServedFolder folder)
    {
        var response = context.Response;
        var isHead = HttpMethods.IsHead(context.Request.Method);
        using var snapshot = isHead ? null : await snapshots.GetAsync(path, folder, context.RequestAborted);
        if (snapshot is null && !isHead)
        {
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.Headers.RetryAfter = RetrySeconds;
            return;
        }

        response.ContentType = "text/html; charset=utf-8";
        response.Headers.XContentTypeOptions = "nosniff";
        // Names are untrusted text: even if something slips through the escaping, nothing on this page runs or loads.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        if (snapshot is null)
            return;
        FolderListing.Begin(response.BodyWriter, path);
        await WriteRowsAsync(response.BodyWriter, snapshot.Names, folder, context.RequestAborted);
    }

    private static async Task WriteRowsAsync(PipeWriter page, FolderNames names, IServedFolder folder, CancellationToken cancellationToken)
    {
        for (var i = 0; i < names.Count; i++)
        {
            // Examined only now, so that the first rows of a large folder are sent at once.
            if (folder.Describe(names[i]) is { } entry)
                FolderListing.Row(page, names[i], entry);
            if (page.UnflushedBytes < FlushSize)
                continue;
            if ((await page.FlushAsync(cancellationToken)).IsCompleted)
                return;
            await EventThread.LeaveAsync();
        }

        FolderListing.End(page);
    }
}
