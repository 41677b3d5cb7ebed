using System.Buffers;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Routing;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Proof;

/// <summary><c>?sha256</c>: the digest of one whole file, as a line for sha256sum. One for all requests.</summary>
internal sealed class Sha256View(IWebRoot root, WholeDigests wholes, RdApiOptions options, TimeProvider time) : IView
{
    public string Name => "sha256";

    public async Task<bool> TryAnswerAsync(HttpContext context, RequestPath path, string value)
    {
        if (root.IdentifyReadable(path) is not { } identity)
            return false;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (HttpMethods.IsHead(context.Request.Method))
            return true;
        var limit = WaitPreference.Apply(context, options.Limits);
        using var reader = wholes.AskToRead(context, path, identity);
        var began = time.GetTimestamp();
        if (reader is null || await reader.Digests.EndAsync(limit, time, context.RequestAborted) != DigestsState.Complete)
        {
            await NotKnownYet.WriteAsync(context, reader?.Digests, time.GetElapsedTime(began));
            return true;
        }

        await EventThread.LeaveAsync();
        var line = new ArrayBufferWriter<byte>();
        var bytes = path.Bytes.Span;
        ChecksumLine.Write(line, reader.Digests.Read(static table => table.Run(0, 1)), bytes[(bytes.LastIndexOf((byte)'/') + 1)..]);
        context.Response.ContentLength = line.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(line.WrittenMemory, context.RequestAborted);
        return true;
    }
}
