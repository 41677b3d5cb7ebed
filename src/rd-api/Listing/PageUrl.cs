using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Listing;

/// <summary>The URL of a file as the visitor reached it. The script replaces it by what the browser shows, which knows of proxies.</summary>
internal static partial class PageUrl
{
    /// <summary>Needs no quotes in a shell: who sends a strange host sees this server's own name for itself.</summary>
    public static string Of(HttpRequest request, RequestPath path)
    {
        var host = PlainHost.IsMatch(request.Host.Value ?? "") ? request.Host.Value : $"localhost:{request.HttpContext.Connection.LocalPort}";
        return $"{request.Scheme}://{host}{request.PathBase.ToUriComponent()}/{PercentEncoding.Encode(path.Bytes.Span)}";
    }

    [GeneratedRegex("^[A-Za-z0-9._:\\[\\]-]+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlainHost { get; }
}
