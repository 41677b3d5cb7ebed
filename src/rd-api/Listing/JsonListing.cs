using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Listing;

/// <summary>A folder as JSON, an entry a line (docs/protocol.md), streamed. One for all requests.</summary>
internal sealed class JsonListing(FolderSnapshots snapshots, FolderProof proof, RowsInTurn rowsInTurn, TimeProvider time)
{
    // Names are shown as they are; the media type keeps browsers from reading HTML into them.
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async Task WriteAsync(HttpContext context, RequestPath path, IServedFolder folder)
    {
        var response = context.Response;
        SetHeaders(response);
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        using var snapshot = await snapshots.GetAsync(path, folder, context.RequestAborted);
        if (snapshot is null)
        {
            FolderResponse.Refuse(context);
            return;
        }

        var query = ListingQuery.Of(context.Request.Query);
        var names = snapshot.Names;
        var rows = await rowsInTurn.FindAsync(context, names, folder, query, isPaged: query.Page > 0 || !query.IsPlain);
        var body = response.BodyWriter;
        await using var json = new Utf8JsonWriter(body, Options);
        json.WriteStartObject();
        WriteText(json, "path"u8, path.Bytes.Span);
        json.WriteNumber("total"u8, rows.Total);
        json.WriteNumber("page"u8, rows.Page);
        json.WriteNumber("pages"u8, rows.Pages);
        json.WriteStartArray("entries"u8);
        var bytes = 0L;
        foreach (var row in rows)
        {
            if (folder.DescribeReadable(names[row]) is { } entry)
            {
                WriteEntry(json, names[row], entry, entry.IsFolder ? default : proof.Of(context, path, names[row], entry.Identity));
                bytes += entry.IsFolder ? 0 : entry.Identity.Size;
            }

            if (json.BytesPending < ListingFlush.Size)
                continue;
            json.Flush();
            if (await ListingFlush.IsGoneAsync(body, context.RequestAborted))
                return;
        }

        json.WriteEndArray();
        json.WriteNumber("bytes"u8, bytes);
        json.WriteEndObject();
        json.Flush();
        body.Write("\n"u8);
    }

    public static void SetHeaders(HttpResponse response)
    {
        response.Headers.Vary = ListingClients.Headers;
        response.Headers.XContentTypeOptions = "nosniff";
        response.ContentType = "application/json";
    }

    /// <summary>Writes one that the visitor may have.</summary>
    /// <param name="json">Receives the entry.</param>
    /// <param name="path">Its path.</param>
    /// <param name="name">What it is called here: its path below the folder that was asked for.</param>
    /// <param name="entry">What it is.</param>
    public void WriteEntry(Utf8JsonWriter json, RequestPath path, ReadOnlyMemory<byte> name, FolderEntry entry) =>
        WriteEntry(json, name.Span, entry, entry.IsFolder ? default : proof.Of(path, entry.Identity));

    public static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> key, ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
            json.WriteString(key, text);
        else
            json.WriteString(key, Encoding.UTF8.GetString(text));
    }

    private void WriteEntry(Utf8JsonWriter json, ReadOnlySpan<byte> name, FolderEntry entry, KnownDigests digests)
    {
        var identity = entry.Identity;
        json.WriteStartObject();
        WriteText(json, "name"u8, name);
        json.WriteString("url"u8, PercentEncoding.Encode(name) + (entry.IsFolder ? "/" : ""));
        json.WriteString("kind"u8, entry.IsFolder ? "folder"u8 : "file"u8);
        if (!entry.IsFolder)
            json.WriteNumber("size"u8, identity.Size);
        json.WriteString("modified"u8, identity.ModifiedAt.UtcDateTime);
        if (!entry.IsFolder)
        {
            // What changed so recently may change again without a new version.
            json.WriteString("version"u8, identity.IsYoung(time.GetUtcNow()) ? null : identity.Version.ToString());
            json.WriteString("sha256"u8, digests.Whole);
            json.WriteNumber("hashed"u8, identity.Size == 0 ? 1 : digests.Count == 0 ? 0 : Math.Round((double)digests.Known / digests.Count, 4));
        }

        json.WriteEndObject();
    }
}
