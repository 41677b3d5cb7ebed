using Microsoft.AspNetCore.Http;
using Microsoft.Win32.SafeHandles;
using ReliableDownload.Api.Kernel;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>Sends the bytes of a file as a response body: directly by the kernel if possible, otherwise through memory.</summary>
internal static class FileBody
{
    // Bytes. A smaller body is sent together with its headers, which costs less than a second call.
    private const int WorthTheKernel = 64 << 10;

    /// <summary>Sends bytes of <paramref name="file"/>; false if the file ended too early.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Task<bool> SendAsync(HttpContext context, SafeFileHandle file, long offset, long count) =>
        count >= WorthTheKernel && RegionSender.For(context) is { } kernel
            ? kernel.SendAsync(file, offset, count)
            : CopyAsync(context, file, offset, count);

    private static async Task<bool> CopyAsync(HttpContext context, SafeFileHandle file, long offset, long count)
    {
        var body = context.Response.BodyWriter;
        var progress = context.Features.Get<BodyProgress>();
        while (count > 0)
        {
            var wanted = (int)Math.Min(count, Limits.CopyBuffer);
            var buffer = body.GetMemory(wanted)[..wanted];
            var read = PageCache.TryRead(file, buffer.Span, offset);
            if (read <= 0)
            {
                await EventThread.LeaveAsync();
                EventThread.AssertLeft();
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
                context.GiveUp();
                break;
            }

            progress?.Add(read);
        }

        return true;
    }
}
