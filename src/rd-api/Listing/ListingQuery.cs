using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ReliableDownload.Api.Listing;

/// <summary>Which rows of a folder are asked for, and in which order (docs/protocol.md). What cannot be understood counts as absent.</summary>
/// <param name="Order">What the rows are sorted by; folders come first in any case.</param>
/// <param name="IsDescending">Whether the last ones come first.</param>
/// <param name="Filter">Text that names must contain, without regard to case; empty for all.</param>
/// <param name="Page">The number of the page, from 1; 0 if none is named.</param>
internal sealed record ListingQuery(ListingOrder Order = ListingOrder.Name, bool IsDescending = false, string Filter = "", int Page = 0)
{
    /// <summary>What all links of the page end with.</summary>
    public LinkTail Tail { get; init; } = LinkTail.None;

    /// <summary>Whether the rows are neither filtered nor sorted in another way than names are anyway.</summary>
    public bool IsPlain => this is { Order: ListingOrder.Name, IsDescending: false, Filter: "" };

    public static ListingQuery Of(IQueryCollection query)
    {
        var filter = query["q"].ToString().Trim();
        return new ListingQuery(
            query["sort"].ToString() switch
            {
                "size" => ListingOrder.Size,
                "time" => ListingOrder.Time,
                _ => ListingOrder.Name,
            },
            query["order"] == "desc",
            Shorten(filter),
            int.TryParse(query["page"], NumberStyles.None, CultureInfo.InvariantCulture, out var page) ? page : 0)
        { Tail = LinkTail.Of(query) };
    }

    /// <summary>Text that a name may contain.</summary>
    public static string Shorten(string filter) => filter[..Math.Min(filter.Length, Limits.Filter)];

    /// <summary>The query of a link to the same rows, or to others by <c>with</c>; never empty.</summary>
    public string ToLink()
    {
        var link = $"?sort={NameOf(Order)}&order={(IsDescending ? "desc" : "asc")}";
        if (Filter.Length > 0)
            link += $"&q={Uri.EscapeDataString(Filter)}";
        if (Tail.Query.Length > 0)
            link += $"&{Tail.Query}";
        return Page > 1 ? string.Create(CultureInfo.InvariantCulture, $"{link}&page={Page}") : link;
    }

    public static string NameOf(ListingOrder order) => order switch
    {
        ListingOrder.Size => "size",
        ListingOrder.Time => "time",
        _ => "name",
    };
}

/// <summary>What the rows of a listing are sorted by.</summary>
internal enum ListingOrder
{
    Name,
    Size,
    Time,
}
