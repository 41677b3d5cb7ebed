using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Proof;

/// <summary>Where a client can fetch a file: from this server, as the client reached it, and from the mirrors that the operator names.</summary>
internal static class PublicUrl
{
    /// <summary>The root of this server: a URL that ends with a slash.</summary>
    private static string RootOf(HttpRequest request)
    {
        var host = request.Host.HasValue ? request.Host.ToUriComponent() : $"{Address(request.HttpContext.Connection)}";
        return $"{request.Scheme}://{host}{request.PathBase.ToUriComponent()}/";
    }

    /// <summary>All URLs of a file, the best first: that of this server, with the signature of the request's link if it has one, and the mirrors'.</summary>
    /// <param name="mirrors">URLs that end with a slash.</param>
    public static IReadOnlyList<string> Of(HttpRequest request, IEnumerable<string> mirrors, RequestPath file)
    {
        var query = request.Query;
        var signature = query.ContainsKey("signature") ? $"?expires={Uri.EscapeDataString(query["expires"].ToString())}&signature={Uri.EscapeDataString(query["signature"].ToString())}" : "";
        return [RootOf(request) + PercentEncoding.Encode(file.Bytes.Span) + signature, .. Of(mirrors, file)];
    }

    /// <summary>The URLs of a file on the mirrors alone.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> mirrors, RequestPath file) =>
        [.. mirrors.Select(mirror => mirror + PercentEncoding.Encode(file.Bytes.Span))];

    private static System.Net.IPEndPoint Address(ConnectionInfo connection) => new(connection.LocalIpAddress ?? System.Net.IPAddress.Loopback, connection.LocalPort);
}
