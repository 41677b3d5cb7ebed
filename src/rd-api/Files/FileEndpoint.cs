using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Listing;
using ReliableDownload.Api.Proof;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>Finds out whether a path is a file or a folder, and answers accordingly. One for all requests.</summary>
internal sealed class FileEndpoint(
    IWebRoot root, FileResponse fileResponse, FolderResponse folderResponse, WholeDigests wholes, FileVersions versions, ChecksumList checksums, AccessControl? access = null)
{
    // In bytes. To look at smaller ones, too, would cost more than to free them.
    private const int SlowToFree = 16 << 20;

    /// <summary>The requested file, if it can be opened without blocking; null does not mean that it does not exist.</summary>
    public ServedFile? OpenWithoutBlocking(HttpContext context, RequestPath path)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return null;
        var file = root.OpenFileWithoutBlocking(path);
        if (file is null || versions.IsFound(path, file.Identity))
            return file;
        file.Dispose();
        return null;
    }

    /// <summary>Answers with a file of <see cref="OpenWithoutBlocking"/>, and closes it.</summary>
    public async Task SendAsync(HttpContext context, RequestPath path, ServedFile file)
    {
        try
        {
            await fileResponse.SendAsync(context, path, file);
        }
        finally
        {
            // If it was replaced or removed meanwhile, its blocks are freed with its last close: tenths of a second for a large one.
            if (file.Identity.Size >= SlowToFree && !file.IsUnchanged)
                await EventThread.LeaveAsync();
            file.Dispose();
        }
    }

    /// <summary>Answers a GET or HEAD; may block.</summary>
    public async Task AnswerAsync(HttpContext context, RequestPath path)
    {
        if (!await AnswerFileAsync(context, path) && !await AnswerFolderAsync(context, path) && !await checksums.TryAnswerAsync(context, path))
            await TextResponse.NotFoundAsync(context);
    }

    private async Task<bool> AnswerFileAsync(HttpContext context, RequestPath path)
    {
        if (root.OpenFile(path) is not { } file)
            return false;
        try
        {
            await versions.FindAsync(path, file.Identity, context.RequestAborted);
            // For the next answers, which may come from an event thread.
            if (!versions.AreOfContent)
                wholes.Recall(path, file.Identity);
            await fileResponse.SendAsync(context, path, file);
        }
        finally
        {
            // Closing a file can take as long as opening it, and after a wait for the client this runs on an event thread.
            await EventThread.LeaveAsync();
            file.Dispose();
        }

        return true;
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

        var page = path.Child("index.html"u8);
        if (access?.IsGranted(context, page) != false && await AnswerFileAsync(context, page))
            return true;
        if (root.OpenFolder(path) is not { } folder)
            return await FolderResponse.TryForbidAsync(context, root, path);
        try
        {
            await folderResponse.ListAsync(context, path, folder);
        }
        finally
        {
            await EventThread.LeaveAsync();
            folder.Dispose();
        }

        return true;
    }
}
