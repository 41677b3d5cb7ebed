using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;

namespace ReliableDownload.Api.Listing;

/// <summary>The end of a page's links, as HTML: it keeps them good for a visitor who came by a signed link. Empty for others. Immutable.</summary>
/// <param name="signature">As a query; empty for none.</param>
internal sealed class LinkTail(string signature)
{
    public static readonly LinkTail None = new("");

    /// <summary>The query itself; empty for none.</summary>
    public string Query => signature;

    /// <summary>For a link without a query.</summary>
    public string First { get; } = signature.Length == 0 ? "" : $"?{Html.Encode(signature)}";

    /// <summary>For a link that has one already.</summary>
    public string Next { get; } = signature.Length == 0 ? "" : $"&amp;{Html.Encode(signature)}";

    /// <summary>For a form.</summary>
    public string Inputs => string.Concat(signature.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(static part => part.Split('=')).Select(
        static part => $"<input type=\"hidden\" name=\"{part[0]}\" value=\"{Html.Encode(Uri.UnescapeDataString(part[1]))}\">"));

    public static LinkTail Of(IQueryCollection query) => SignedLink.QueryOf(query) is { Length: > 0 } signature ? new LinkTail(signature) : None;
}
