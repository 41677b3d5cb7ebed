using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Listing;

namespace ReliableDownload.Api.Search;

/// <summary>A search for programs (docs/protocol.md).</summary>
internal sealed class SearchJson(HttpContext context, RequestPath folder, ListingQuery query, JsonListing listing) : ISearchOutput
{
    private readonly Utf8JsonWriter _json = new(context.Response.BodyWriter, JsonListing.Options);

    public long Unflushed => _json.BytesPending + context.Response.BodyWriter.UnflushedBytes;

    public void SetHeaders() => JsonListing.SetHeaders(context.Response);

    public void Begin()
    {
        _json.WriteStartObject();
        JsonListing.WriteText(_json, "path"u8, folder.Bytes.Span);
        _json.WriteString("find"u8, query.Filter);
        _json.WriteStartArray("entries"u8);
    }

    public void Add(RequestPath path, FolderEntry entry) => listing.WriteEntry(_json, path, path.Below(folder), entry);

    public async ValueTask<bool> FlushAsync(CancellationToken cancellationToken)
    {
        _json.Flush();
        return (await context.Response.BodyWriter.FlushAsync(cancellationToken)).IsCompleted;
    }

    public void End(SearchProgress progress)
    {
        _json.WriteEndArray();
        _json.WriteBoolean("complete"u8, progress is { Stopped: null, Skipped: 0 });
        _json.WriteString("msg"u8, progress.Stopped);
        _json.WriteNumber("skipped"u8, progress.Skipped);
        _json.WriteEndObject();
        _json.Flush();
        context.Response.BodyWriter.Write("\n"u8);
    }

    public void Dispose() => _json.Dispose();
}
