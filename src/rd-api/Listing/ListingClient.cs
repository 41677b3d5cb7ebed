using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Listing;

/// <summary>Who reads a listing.</summary>
internal enum ListingClient
{
    /// <summary>A program that follows links: the whole folder, no links that lead to the same rows again.</summary>
    Crawler,

    /// <summary>Somebody with a browser: pages, and everything to click on.</summary>
    Browser,

    /// <summary>A program that asks for <c>application/json</c>.</summary>
    Json,
}

/// <summary>Tells who reads by what the request accepts.</summary>
internal static class ListingClients
{
    /// <summary>The headers that decide, for Vary.</summary>
    public const string Headers = "Accept, Accept-Language";

    /// <summary>
    /// All browsers, also those in a terminal, say that they accept HTML and in which language; of wget, wget2, curl, rclone and lftp none
    /// says both.
    /// </summary>
    public static ListingClient Of(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        if (accept.Contains("text/html", StringComparison.OrdinalIgnoreCase))
            return request.Headers.AcceptLanguage.Count > 0 ? ListingClient.Browser : ListingClient.Crawler;
        return accept.Contains("application/json", StringComparison.OrdinalIgnoreCase) ? ListingClient.Json : ListingClient.Crawler;
    }
}
