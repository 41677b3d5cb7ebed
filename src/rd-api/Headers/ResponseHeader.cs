using System.Buffers;

namespace ReliableDownload.Api.Headers;

/// <summary>A header that the operator wants in all responses.</summary>
/// <param name="Name">A token (RFC 9110, 5.6.2).</param>
/// <param name="Value">Printable ASCII.</param>
internal sealed record ResponseHeader(string Name, string Value)
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // They describe the message or the file, so that a wrong one breaks downloads; or there is an option for them.
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept-Ranges", "Allow", "Connection", "Content-Digest", "Content-Encoding", "Content-Length", "Content-Location", "Content-Range", "Content-Type", "Date", "Digest",
        "ETag", "Keep-Alive", "Last-Modified", "Link", "Location", "Proxy-Authenticate", "Proxy-Connection", "Repr-Digest", "Retry-After", "Set-Cookie", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Vary", "WWW-Authenticate",
    };

    private const string OfCors = "Access-Control-";

    /// <summary>Whether it lets others keep a response, which must not happen to errors.</summary>
    public bool IsAboutCaching { get; } = Name.Equals("Cache-Control", StringComparison.OrdinalIgnoreCase) || Name.Equals("Expires", StringComparison.OrdinalIgnoreCase);

    public static bool TryParse(string text, out ResponseHeader value)
    {
        value = new ResponseHeader("", "");
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || text.AsSpan(0, colon).ContainsAnyExcept(TokenCharacters))
            return false;
        value = new ResponseHeader(text[..colon], text[(colon + 1)..].Trim());
        return value.Value.Length > 0
            && value.Value.All(character => character is >= ' ' and <= '~')
            && !Own.Contains(value.Name)
            && !value.Name.StartsWith(OfCors, StringComparison.OrdinalIgnoreCase);
    }
}
