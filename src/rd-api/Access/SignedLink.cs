using System.Globalization;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Access;

/// <summary>
/// Finds a link's signature in a request: in its query, or in a cookie that a folder's link left, because the links in a listing have no
/// signature of their own.
/// </summary>
internal static class SignedLink
{
    /// <summary>The name of the signature in a query.</summary>
    public const string SignatureName = "signature";

    private const string CookieName = "rd-api-link";

    // Characters; those of a good one have fewer.
    private const int MaxLength = 64;

    /// <summary>The signature in a request's query, for the links of a page; empty if there is none.</summary>
    public static string QueryOf(IQueryCollection query)
    {
        var (expires, signature) = (query["expires"].ToString(), query[SignatureName].ToString());
        var isOne = expires.Length is > 0 and <= MaxLength && signature.Length is > 0 and <= MaxLength;
        return isOne ? $"expires={Uri.EscapeDataString(expires)}&{SignatureName}={Uri.EscapeDataString(signature)}" : "";
    }

    public static bool Admits(HttpContext context, RequestPath path, LinkSigner? signer, DateTimeOffset now)
    {
        if (signer is null)
            return false;
        var query = context.Request.Query;
        if (query.TryGetValue(SignatureName, out var signature))
        {
            var isGood = IsGood(signer, path, query["expires"], signature, now);
            // A folder's archive asks for each folder in it, when the answer has begun.
            if (isGood && path.EndsWithSlash && !context.Response.HasStarted)
                LeaveCookie(context, path, $"{query["expires"]}.{signature}");
            return isGood;
        }

        return context.Request.Cookies[CookieName]?.Split('.') is [var expires, var signed] && IsGood(signer, path, expires, signed, now);
    }

    private static bool IsGood(LinkSigner signer, RequestPath path, string? expires, string? signature, DateTimeOffset now) =>
        long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
        && now.ToUnixTimeSeconds() < end
        && signature is not null
        && signer.IsSigned(path, end, signature);

    private static void LeaveCookie(HttpContext context, RequestPath folder, string value) =>
        context.Response.Headers.SetCookie = $"{CookieName}={value}; Path={context.Request.PathBase.ToUriComponent()}/{PercentEncoding.Encode(folder.Bytes.Span)}; HttpOnly; SameSite=Lax{(context.Request.IsHttps ? "; Secure" : "")}";
}
