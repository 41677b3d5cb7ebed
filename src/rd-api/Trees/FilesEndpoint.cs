using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Metadata;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Trees;

/// <summary>
/// Answers <c>POST /rd/FOLDER/</c> with the files that the body names, one after the other (docs/protocol.md): a request for each would cost more than a small file,
/// on the line and here. It changes nothing. One for all requests.
/// </summary>
internal sealed class FilesEndpoint(IWebRoot root, TreeDigests digests, RdApiOptions options, TimeProvider time, AccessControl? access)
{
    /// <summary>The media type of the answer.</summary>
    public const string MediaType = "application/x-reliable-download-files";

    // Bytes. More at once would only stay in memory while a client is slow.
    private const int Part = 256 << 10;

    private readonly AnswerSlots _slots = new(Limits.Batches, Limits.BatchesOfClient);

    public async Task AnswerAsync(HttpContext context, RequestPath path)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (await TryAnswerAsync(context, path) is { } error)
            await error.WriteAsync(context);
    }

    /// <returns>The error, if there is nothing to answer with.</returns>
    private async Task<MetadataError?> TryAnswerAsync(HttpContext context, RequestPath path)
    {
        using var slot = _slots.TryTake(context);
        if (slot is null)
            return new MetadataError(StatusCodes.Status503ServiceUnavailable, "Too many files are being sent.");
        var (files, error) = await FilesRequest.ReadAsync(context, options.Limits.RequestBody, time);
        await EventThread.LeaveAsync();
        if (error is not null)
            return error;
        if (!root.IsFolder(path))
            return new MetadataError(StatusCodes.Status404NotFound, $"'{path}' is not a folder served here.");
        context.Response.ContentType = MediaType;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await SendAsync(context, path, files);
        return null;
    }

    private async Task SendAsync(HttpContext context, RequestPath folder, List<WantedFile> files)
    {
        using var opener = new FileOpener(root, folder);
        using var pack = new FilePack(opener, digests, time);
        var sent = 0L;
        for (var index = 0; index < files.Count && sent < Limits.BatchBytes;)
        {
            for (; index < files.Count && !pack.IsFull; index++)
            {
                var file = files[index];
                pack.Add(file, isVisible: access?.IsGranted(context, opener.PathOf(file)) != false);
            }

            sent += pack.Length;
            if (index == files.Count)
                pack.AddEnd();
            else if (sent >= Limits.BatchBytes)
                pack.AddRest(index);
            if (!await TrySendAsync(context, pack.Finish()))
                return;
            pack.Clear();
            await EventThread.LeaveAsync();
        }

        if (files.Count > 0)
            return;
        pack.AddEnd();
        await TrySendAsync(context, pack.Finish());
    }

    /// <returns>False if the client is gone.</returns>
    private static async ValueTask<bool> TrySendAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(Part, bytes.Length)..])
        {
            if ((await context.Response.BodyWriter.WriteAsync(bytes[..Math.Min(Part, bytes.Length)], context.RequestAborted)).IsCompleted)
                return false;
        }

        return true;
    }
}
