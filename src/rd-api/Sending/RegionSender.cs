using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Api.Sending;

/// <summary>
/// Sends regions of files as parts of a response body, using the kernel. Each region is announced to the connection's <see cref="SocketOutput"/>,
/// and the same number of placeholder bytes is written to Kestrel, which counts and frames them like any other body.
/// </summary>
internal readonly struct RegionSender
{
    private readonly HttpContext _context;
    private readonly SocketOutput _output;

    private RegionSender(HttpContext context, SocketOutput output) => (_context, _output) = (context, output);

    /// <summary>
    /// The sender for a response that has started; null if the bytes have to be copied through memory, because something stands between the response
    /// and the socket: TLS, HTTP/2, chunked encoding, a body wrapped by other code.
    /// </summary>
    public static RegionSender? For(HttpContext context)
    {
        if (SocketOutput.Of(context) is not { } output || !context.Response.HasStarted || context.Response.ContentLength is null)
            return null;
        // In HTTP/1 a single Kestrel object implements both features and writes directly to the connection.
        var isKestrelsOwn = ReferenceEquals(
            context.Features.Get<IHttpResponseBodyFeature>(), context.Features.Get<IHttpMinResponseDataRateFeature>());
        return isKestrelsOwn ? new RegionSender(context, output) : null;
    }

    /// <summary>Sends bytes of <paramref name="file"/>; false if the file ended too early. The caller may continue on an event thread.</summary>
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
            await output.SendWrittenAsync(context.RequestAborted);
            // For Kestrel's books: nothing is left to send.
            return (await body.FlushAsync(context.RequestAborted)).IsCompleted;
        }
        catch (OperationCanceledException) when (output.FileFailure is not null)
        {
            // Kestrel cancels a request whose output has completed, often before this flush returns.
            return true;
        }
    }
}
