using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// Sends regions of files as part of a response body, by the kernel. Each region is announced to the connection's <see cref="SocketOutput"/>,
/// and as many placeholder bytes are written to Kestrel, which counts and frames them like any other body.
/// </summary>
internal readonly struct RegionSender
{
    private readonly HttpContext _context;
    private readonly SocketOutput _output;

    private RegionSender(HttpContext context, SocketOutput output) => (_context, _output) = (context, output);

    /// <summary>
    /// The sender for a response that has begun; null where bytes have to go through memory, because something stands between the response
    /// and the socket: TLS, HTTP/2, chunks, a body that other code wraps.
    /// </summary>
    public static RegionSender? For(HttpContext context)
    {
        if (SocketOutput.Of(context) is not { } output || !context.Response.HasStarted || context.Response.ContentLength is null)
            return null;
        // Of an HTTP/1 request one object of Kestrel's has both features, and writes straight to the connection.
        var isKestrelsOwn = ReferenceEquals(
            context.Features.Get<IHttpResponseBodyFeature>(), context.Features.Get<IHttpMinResponseDataRateFeature>());
        return isKestrelsOwn ? new RegionSender(context, output) : null;
    }

    /// <summary>Sends bytes of <paramref name="file"/>; false where the file ended before they did.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async Task<bool> SendAsync(SafeFileHandle file, long offset, long count)
    {
        var (context, output) = (_context, _output);
        var body = context.Response.BodyWriter;
        while (count > 0)
        {
            var region = new FileRegion(file, offset, (int)Math.Min(count, SocketOutput.MaxRegion));
            var isOver = await SendAsync(context, output, body, region);
            if (output.FileFailure is { } failure)
                return failure is EndOfStreamException ? false : throw new IOException(failure.Message, failure);
            if (isOver)
            {
                context.GiveUp();
                break;
            }

            offset += region.Count;
            count -= region.Count;
        }

        return true;
    }

    private static async ValueTask<bool> SendAsync(HttpContext context, SocketOutput output, PipeWriter body, FileRegion region)
    {
        output.Announce(region);
        _ = body.GetMemory(region.Count);
        body.Advance(region.Count);
        try
        {
            return (await body.FlushAsync(context.RequestAborted)).IsCompleted;
        }
        catch (OperationCanceledException) when (output.FileFailure is not null)
        {
            // Kestrel cancels a request whose output has ended, often before this flush returns.
            return true;
        }
    }
}
