using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>
/// Everything but <c>/rd/</c>: finds out what a request names, and has it answered. The metadata endpoints come first, so that what
/// lies in a real folder called <c>rd</c> in the root cannot be fetched. One for all requests.
/// </summary>
internal sealed class FileEndpoint(IWebRoot root, FileResponse fileResponse)
{
    private const string AllowedMethods = "GET, HEAD, OPTIONS";

    public async Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = AllowedMethods;
            var isOptions = HttpMethods.IsOptions(context.Request.Method);
            context.Response.StatusCode = isOptions ? StatusCodes.Status204NoContent : StatusCodes.Status405MethodNotAllowed;
            return;
        }

        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var verdict = RequestPath.Parse(target, out var path);
        if (verdict == PathVerdict.Malformed)
            await FailAsync(context, StatusCodes.Status400BadRequest, "the path is not a valid one\n");
        else if (verdict == PathVerdict.Forbidden || !(await AnswerFileAsync(context, path) || await AnswerFolderAsync(context, path)))
            await FailAsync(context, StatusCodes.Status404NotFound, "not found\n");
    }

    private async Task<bool> AnswerFileAsync(HttpContext context, RequestPath path)
    {
        using var file = root.OpenFileAtOnce(path) ?? await OpenFileAsync(path);
        if (file is null)
            return false;
        await fileResponse.SendAsync(context, path, file);
        return true;
    }

    private async ValueTask<ServedFile?> OpenFileAsync(RequestPath path)
    {
        await EventThread.LeaveAsync();
        return root.OpenFile(path);
    }

    private async Task<bool> AnswerFolderAsync(HttpContext context, RequestPath path)
    {
        if (!path.EndsWithSlash)
        {
            if (!root.IsFolder(path))
                return false;
            FolderResponse.Redirect(context, path);
            return true;
        }

        if (await AnswerFileAsync(context, path.Child("index.html"u8)))
            return true;
        if (root.ListFolder(path) is not { } entries)
            return false;
        await FolderResponse.ListAsync(context, path, entries);
        return true;
    }

    private static Task FailAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = reason.Length;
        return context.Response.WriteAsync(reason, context.RequestAborted);
    }
}
