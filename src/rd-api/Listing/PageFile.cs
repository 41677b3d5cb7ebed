using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Listing;

/// <summary>
/// The style and the script of rd-api's pages: parts of the program, at <c>/rd/?style=DIGEST</c> and <c>/rd/?script=DIGEST</c>, which no file's path
/// can be. A URL with the digest never changes its content.
/// </summary>
internal sealed class PageFile
{
    private const int DigestLength = 12;

    public static readonly PageFile Style = new("style", "page.css", "text/css; charset=utf-8");
    public static readonly PageFile Script = new("script", "page.js", "text/javascript; charset=utf-8");

    private readonly string _name;
    private readonly string _mediaType;
    private readonly Lazy<byte[]> _content;

    // Each health check comes by here. A digest loads OpenSSL (3.4 MiB), which a server that shows no page never needs.
    private readonly Lazy<string> _digest;

    private PageFile(string name, string resource, string mediaType)
    {
        _name = name;
        _mediaType = mediaType;
        _content = new(() => Read(resource));
        _digest = new(() => Convert.ToHexStringLower(SHA256.HashData(_content.Value))[..DigestLength]);
    }

    /// <summary>The URL, relative to the server's root.</summary>
    public string Link => $"rd/?{_name}={_digest.Value}";

    /// <summary>What a query of <c>/rd/</c> asks for; null if it is for the health check.</summary>
    public static PageFile? Of(IQueryCollection query) =>
        query.ContainsKey(Style._name) ? Style : query.ContainsKey(Script._name) ? Script : null;

    public async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        response.ContentType = _mediaType;
        response.ContentLength = _content.Value.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        // The page may be that of another rd-api behind the same proxy, with another version: what is kept under its URL has to be its own.
        response.Headers.CacheControl = context.Request.Query[_name] == _digest.Value ? "public, max-age=31536000, immutable" : "no-store";
        if (HttpMethods.IsGet(context.Request.Method))
            await response.BodyWriter.WriteAsync(_content.Value, context.RequestAborted);
    }

    private static byte[] Read(string resource)
    {
        using var stream = typeof(PageFile).Assembly.GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
