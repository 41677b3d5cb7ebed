using System.Text;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Access;

/// <summary>What a request says about who sends it (RFC 7617, RFC 6750). Untrusted.</summary>
/// <param name="User">Null for a bearer token.</param>
/// <param name="Secret">The password or the token.</param>
internal readonly record struct Credentials(string? User, string Secret)
{
    private const string Basic = "Basic ";
    private const string Bearer = "Bearer ";

    /// <summary>Null if there are none, or none that are understood.</summary>
    public static Credentials? Of(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return new Credentials(null, header[Bearer.Length..].Trim());
        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Basic.Length..].Trim(), bytes, out var length))
            return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : new Credentials(text[..colon], text[(colon + 1)..]);
    }
}
