using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Api.Kernel;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>Moves the bytes of a file into a response: the kernel by itself where it can, else through memory.</summary>
internal static class FileBody
{
    // Bytes a read. Measured on loopback from 16 KiB to 2 MiB: 512 KiB took the least time and CPU of all, half of what 64 KiB took.
    private const int ReadSize = 512 << 10;

    // Bytes. A body below leaves in one send together with its headers, which costs less than a second call.
    private const int WorthTheKernel = 64 << 10;

    /// <summary>Sends bytes of <paramref name="file"/>; false where the file ended before they did.</summary>
    public static async Task<bool> SendAsync(HttpContext context, SafeFileHandle file, long offset, long count)
    {
        var body = context.Response.BodyWriter;
        if (count < WorthTheKernel || context.Features.Get<SocketOutput>() is not { } output)
            return await CopyAsync(context, body, file, offset, count);
        return await SendRegionsAsync(context, output, body, file, offset, count);
    }

    private static async Task<bool> SendRegionsAsync(
        HttpContext context, SocketOutput output, PipeWriter body, SafeFileHandle file, long offset, long count)
    {
        while (count > 0)
        {
            var region = new FileRegion(file, offset, (int)Math.Min(count, SocketOutput.MaxRegion));
            output.Take(region);
            _ = body.GetMemory(region.Count);
            body.Advance(region.Count);
            var isOver = false;
            try
            {
                isOver = (await body.FlushAsync(context.RequestAborted)).IsCompleted;
            }
            catch (OperationCanceledException) when (output.FileFailure is not null)
            {
                // Kestrel cancels a request whose output has ended, often before this flush is back.
            }

            if (output.FileFailure is { } failure)
                return failure is EndOfStreamException ? false : throw new IOException(failure.Message, failure);
            if (isOver)
            {
                GiveUp(context);
                break;
            }

            offset += region.Count;
            count -= region.Count;
        }

        return true;
    }

    private static async Task<bool> CopyAsync(HttpContext context, PipeWriter body, SafeFileHandle file, long offset, long count)
    {
        while (count > 0)
        {
            var wanted = (int)Math.Min(count, ReadSize);
            var buffer = body.GetMemory(wanted)[..wanted];
            var read = PageCache.TryRead(file, buffer.Span, offset);
            if (read <= 0)
            {
                await EventThread.LeaveAsync();
                read = RandomAccess.Read(file, buffer.Span, offset);
            }

            if (read == 0)
                return false;
            body.Advance(read);
            offset += read;
            count -= read;
            var flushed = await body.FlushAsync(context.RequestAborted);
            if (flushed.IsCompleted)
            {
                GiveUp(context);
                break;
            }
        }

        return true;
    }

    /// <summary>The client is gone. Kestrel says so by itself, but often after the request is over: it would miss the rest of the body.</summary>
    private static void GiveUp(HttpContext context)
    {
        context.Abort();
        context.RequestAborted = new CancellationToken(canceled: true);
    }
}
