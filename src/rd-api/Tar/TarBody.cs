using System.Buffers;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Listing;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Tar;

/// <summary>Sends a part of a folder's tar, and only as long as the folder is what it was found to be. One per response.</summary>
internal sealed class TarBody(HttpContext context, IWebRoot root, TarPlanner planner, RequestPath folder, TarPlan plan, ByteRange range)
{
    private long _position;

    private long End => range.Offset + range.Count;

    /// <returns>False if the folder or a file in it changed: the answer is incomplete.</returns>
    /// <exception cref="FolderWalkException">The folder changed, and has more than a request may take.</exception>
    /// <exception cref="IOException">A file or folder cannot be read.</exception>
    public async Task<bool> SendAsync()
    {
        var next = 0;
        await foreach (var path in planner.EntriesAsync(context, folder))
        {
            if (_position >= End)
                break;
            await EventThread.LeaveAsync();
            if (planner.Describe(path) is not { } entry)
                continue;
            if (next == plan.Entries.Length || plan.Entries[next++] != entry)
                return false;
            Write(TarHeader.Of(TarPlanner.NameIn(folder, path), entry));
            if (!entry.IsFolder && !await SendAsync(path, entry.Identity))
                return false;
            Write(new byte[TarHeader.Padded(entry.Size) - entry.Size]);
            if (await ListingFlush.IsGoneAsync(context.Response.BodyWriter, context.RequestAborted))
                return true;
        }

        if (_position < End && next != plan.Entries.Length)
            return false;
        Write(new byte[TarPlanner.EndLength]);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return _position >= End;
    }

    private async Task<bool> SendAsync(RequestPath path, FileIdentity identity)
    {
        var first = Math.Clamp(range.Offset - _position, 0, identity.Size);
        var count = Math.Clamp(End - _position, 0, identity.Size) - first;
        _position += identity.Size;
        if (count <= 0)
            return true;
        using var file = root.OpenFile(path);
        if (file is null || file.Identity != identity)
            return false;
        // The last byte waits until it is certain that all are of one version; before it, the answer is not complete.
        if (!await FileBody.SendAsync(context, file.Handle, first, count - 1))
            return false;
        await EventThread.LeaveAsync();
        return root.Identify(path) == identity && await FileBody.SendAsync(context, file.Handle, first + count - 1, 1);
    }

    private void Write(byte[] bytes)
    {
        var first = (int)Math.Clamp(range.Offset - _position, 0, bytes.Length);
        var end = (int)Math.Clamp(End - _position, first, bytes.Length);
        context.Response.BodyWriter.Write(bytes.AsSpan(first, end - first));
        _position += bytes.Length;
    }
}
