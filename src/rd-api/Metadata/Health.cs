using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Hosting;

namespace ReliableDownload.Api.Metadata;

/// <summary>
/// The answer to <c>/rd/</c>: identifies the server, with 200 if it is healthy, else with 503 and what has ended. Old clients know it by
/// this name. One for all requests.
/// </summary>
internal sealed class Health(Vitals vitals)
{
    public Task AnswerAsync(HttpContext context) => WriteAsync(context, vitals.Ended);

    /// <param name="context">The request.</param>
    /// <param name="missing">What keeps the server from being well; nothing in a healthy server.</param>
    public static async Task WriteAsync(HttpContext context, IEnumerable<string> missing)
    {
        var names = missing.ToList();
        var isWell = names.Count == 0;
        context.Response.StatusCode = isWell ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = MetadataError.MediaType;
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteBoolean("ok"u8, isWell);
        json.WriteString("app"u8, "reliable-download api"u8);
        json.WriteString("version"u8, ProductVersion.Number);
        if (!isWell)
        {
            json.WriteStartArray("ended"u8);
            foreach (var name in names)
                json.WriteStringValue(name);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}
