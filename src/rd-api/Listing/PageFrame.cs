using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Listing;

/// <summary>What all pages of rd-api have around them.</summary>
internal static class PageFrame
{
    // Names are untrusted text: even if something slips through the escaping, nothing runs or loads but rd-api's own style and script.
    private const string Policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void SetHeaders(HttpResponse response)
    {
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Referrer-Policy"] = "no-referrer";
    }

    /// <param name="page">Receives the page.</param>
    /// <param name="title">What is shown.</param>
    /// <param name="up">What leads to the server's root, for style and script; null for a page without.</param>
    public static void Begin(IBufferWriter<byte> page, string title, string? up) => Encoding.UTF8.GetBytes(
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{Html.Encode(title)}</title>
        {(up is null ? "" : $"<link rel=\"stylesheet\" href=\"{up}{PageFile.Style.Link}\">\n<script src=\"{up}{PageFile.Script.Link}\" defer></script>")}
        </head>
        <body>
        <main>

        """,
        page);

    public static void End(IBufferWriter<byte> page) => page.Write("</main>\n</body>\n</html>\n"u8);

    /// <summary>What leads from a request target's folder to the server's root, as browsers count.</summary>
    /// <param name="path">The target's path, as received.</param>
    public static string Up(ReadOnlySpan<char> path) => string.Concat(Enumerable.Repeat("../", Math.Max(path.Count('/') - 1, 0)));
}
