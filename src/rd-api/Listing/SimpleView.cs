using System.Buffers;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Routing;

namespace ReliableDownload.Api.Listing;

/// <summary><c>?simple</c>: the names in a folder, one a line, those of folders with a slash. One for all requests.</summary>
internal sealed class SimpleView(IWebRoot root, FolderSnapshots snapshots) : IView
{
    public string Name => "simple";

    public Task<bool> TryAnswerAsync(HttpContext context, RequestPath path, string value) =>
        FolderResponse.TryAnswerAsync(context, root, path, folder => WriteAsync(context, path, folder));

    private async Task WriteAsync(HttpContext context, RequestPath path, IServedFolder folder)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        using var snapshot = await snapshots.GetAsync(path, folder, context.RequestAborted);
        if (snapshot is null)
        {
            FolderResponse.Refuse(context);
            return;
        }

        var body = context.Response.BodyWriter;
        for (var i = 0; i < snapshot.Names.Count; i++)
        {
            WriteName(snapshot.Names[i], body);
            body.Write(snapshot.Names.IsFolder(i) ? "/\n"u8 : "\n"u8);
            if (await ListingFlush.IsGoneAsync(body, context.RequestAborted))
                return;
        }
    }

    // A line feed in a name would be two names.
    private static void WriteName(ReadOnlySpan<byte> name, IBufferWriter<byte> body)
    {
        foreach (var value in name)
        {
            if (value is < 0x20 or 0x7f or (byte)'%')
                body.Write([(byte)'%', Hex(value >> 4), Hex(value & 15)]);
            else
                body.Write([value]);
        }

        static byte Hex(int digit) => (byte)"0123456789ABCDEF"[digit];
    }
}
