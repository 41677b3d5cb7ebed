using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Proof;

/// <summary>Where a client can fetch a file: from this server, as the client reached it, and from the mirrors that the operator names.</summary>
internal static class PublicUrl
{
    /// <summary>The root of this server: a URL that ends with a slash.</summary>
    public static string RootOf(HttpRequest request)
    {
        var host = request.Host.HasValue ? request.Host.ToUriComponent() : $"{Address(request.HttpContext.Connection)}";
        return $"{request.Scheme}://{host}{request.PathBase.ToUriComponent()}/";
    }

    /// <summary>All URLs of a file, the best first.</summary>
    /// <param name="roots">URLs that end with a slash.</param>
    public static IReadOnlyList<string> Of(IEnumerable<string> roots, RequestPath file)
    {
        var path = PercentEncoding.Encode(file.Bytes.Span);
        return [.. roots.Select(root => root + path)];
    }

    private static System.Net.IPEndPoint Address(ConnectionInfo connection) => new(connection.LocalIpAddress ?? System.Net.IPAddress.Loopback, connection.LocalPort);
}
