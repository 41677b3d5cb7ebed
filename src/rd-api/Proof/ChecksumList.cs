using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Proof;

/// <summary>
/// <c>SHA256SUMS</c> of a folder that has no such file: a line for each file whose digest is known. Whoever asks for it has those that are missing
/// calculated, a few at a time, as long as it wants to wait. One for all requests.
/// </summary>
internal sealed class ChecksumList(IWebRoot root, FolderSnapshots snapshots, WholeDigests wholes, RdApiOptions options, TimeProvider time, AccessControl? access)
{
    // Bytes: a response is flushed when it has buffered this much.
    private const int FlushSize = 16 << 10;

    /// <summary>Answers a GET or HEAD, if the path names such a list; may block.</summary>
    public async Task<bool> TryAnswerAsync(HttpContext context, RequestPath path)
    {
        if (path.EndsWithSlash || path.FolderOf("SHA256SUMS"u8) is not { } place || root.OpenFolder(place) is not { } folder)
            return false;
        try
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentType = "text/plain; charset=utf-8";
            if (!HttpMethods.IsHead(context.Request.Method))
                await WriteAsync(context, place, folder);
        }
        finally
        {
            await EventThread.LeaveAsync();
            folder.Dispose();
        }

        return true;
    }

    private async Task WriteAsync(HttpContext context, RequestPath place, IServedFolder folder)
    {
        using var snapshot = await snapshots.GetAsync(place, folder, context.RequestAborted);
        if (snapshot is null)
        {
            await TextResponse.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Too many folders are being listed.\n");
            return;
        }

        var wait = WaitPreference.Apply(context, options.Limits);
        var (began, begun) = (time.GetTimestamp(), 0);
        using var ahead = new DigestsAhead(snapshot.Names.Count, index => AskToRead(context, place, snapshot.Names[index]));
        for (var i = 0; i < snapshot.Names.Count; i++)
        {
            await EventThread.LeaveAsync();
            var file = place.Child(snapshot.Names[i]);
            if (access?.IsGranted(context, file) == false || folder.DescribeReadable(snapshot.Names[i]) is not { IsFolder: false } || root.IdentifyReadable(file) is not { } identity)
                continue;
            var digest = await wholes.FindAsync(file, identity, context.RequestAborted);
            var left = wait - time.GetElapsedTime(began);
            if (digest is null && left > TimeSpan.Zero)
                digest = await CalculateAsync(context, ahead, i, left);
            else if (digest is null && begun++ < Limits.AwaitedFiles)
                wholes.Ask(context, file, identity);
            if (digest is null)
                continue;
            ChecksumLine.Write(context.Response.BodyWriter, digest, snapshot.Names[i]);
            if (context.Response.BodyWriter.UnflushedBytes >= FlushSize && (await context.Response.BodyWriter.FlushAsync(context.RequestAborted)).IsCompleted)
                return;
        }
    }

    private async Task<byte[]?> CalculateAsync(HttpContext context, DigestsAhead ahead, int index, TimeSpan limit)
    {
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        await EventThread.LeaveAsync();
        if (ahead.Take(index) is not { } digests)
            return null;
        return await digests.EndAsync(limit, time, context.RequestAborted) == DigestsState.Complete ? digests.Read(static table => table.Run(0, 1)) : null;
    }

    private DigestReader? AskToRead(HttpContext context, RequestPath place, ReadOnlySpan<byte> name)
    {
        var file = place.Child(name);
        return root.IdentifyReadable(file) is { } identity ? wholes.AskToRead(context, file, identity) : null;
    }
}
