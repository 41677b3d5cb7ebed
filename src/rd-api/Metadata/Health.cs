using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Metadata;

/// <summary>The answer to <c>/rd/</c>: that the server lives, and which one it is. Old clients know it by this name.</summary>
internal static class Health
{
    public static async Task WriteAsync(HttpContext context, CancellationToken cancellationToken)
    {
        context.Response.ContentType = MetadataError.MediaType;
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteBoolean("ok"u8, true);
        json.WriteString("app"u8, "reliable-download api"u8);
        json.WriteString("version"u8, ProductVersion.Text);
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }
}
