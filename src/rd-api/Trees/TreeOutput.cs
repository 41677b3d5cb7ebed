using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Trees;

/// <summary>
/// The body of a tree's answer, compressed if the client takes gzip: lines shrink to a seventh, and on a far line their number of round trips is what
/// a second run waits for. One per answer.
/// </summary>
internal sealed class TreeOutput : IAsyncDisposable
{
    private readonly HttpContext _context;
    private readonly MemoryStream _compressed = new();
    private readonly GZipStream? _gzip;

    /// <summary>Sets the headers that say whether it is compressed.</summary>
    public TreeOutput(HttpContext context)
    {
        _context = context;
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (!TakesGzip(context.Request))
            return;
        context.Response.Headers.ContentEncoding = "gzip";
        _gzip = new GZipStream(_compressed, CompressionLevel.Fastest, leaveOpen: true);
    }

    /// <returns>False if the client is gone.</returns>
    public async ValueTask<bool> TrySendAsync(ReadOnlyMemory<byte> lines)
    {
        if (_gzip is null)
            return await SendAsync(lines);
        // Compressing takes too long for an event thread.
        await EventThread.LeaveAsync();
        await _gzip.WriteAsync(lines);
        await _gzip.FlushAsync();
        return await SendCompressedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_gzip is not null)
        {
            await _gzip.DisposeAsync();
            if (!_context.RequestAborted.IsCancellationRequested)
                await SendCompressedAsync();
        }

        await _compressed.DisposeAsync();
    }

    private async ValueTask<bool> SendCompressedAsync()
    {
        var isSent = await SendAsync(_compressed.GetBuffer().AsMemory(0, (int)_compressed.Length));
        _compressed.SetLength(0);
        return isSent;
    }

    private async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        var flushed = await _context.Response.BodyWriter.WriteAsync(bytes, _context.RequestAborted);
        return !flushed.IsCompleted && !flushed.IsCanceled;
    }

    private static bool TakesGzip(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var encodings)
        && encodings.Any(encoding => encoding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && encoding.Quality != 0);
}
