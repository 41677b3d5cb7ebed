using System.Buffers;
using System.Globalization;
using System.Text;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Api.Listing;

/// <summary>The page that shows a folder, written row by row because a folder may be large.</summary>
/// <param name="page">Receives the page.</param>
/// <param name="isFull">Whether a browser reads it: with order, filter, pages, details and proof. Without, it is what programs need that follow links.</param>
internal sealed class ListingPage(IBufferWriter<byte> page, bool isFull)
{
    /// <param name="folder">The folder.</param>
    /// <param name="up">What leads to the server's root, as in <c>../../</c>.</param>
    /// <param name="query">What is shown of it.</param>
    public void Begin(RequestPath folder, string up, ListingQuery query)
    {
        PageFrame.Begin(page, "/" + folder.Text, isFull ? up : null);
        Breadcrumbs.Write(page, folder, query.Tail);
        if (isFull)
            WriteFilter(query);
    }

    /// <summary>What can be said only when the names have been read: the head of the table.</summary>
    public void BeginRows(FolderNames names, ListingRows rows, ListingQuery query)
    {
        Write("<table>\n");
        if (isFull)
            WriteCaption(names, rows, query);
        Write("<thead><tr>");
        WriteColumn("Name", ListingOrder.Name, query);
        if (isFull)
            Write("<th scope=\"col\" class=\"k\">Kind</th>");
        WriteColumn("Size", ListingOrder.Size, query);
        WriteColumn("Modified (UTC)", ListingOrder.Time, query);
        Write(isFull ? "<th scope=\"col\">Proof</th><th scope=\"col\">More</th></tr></thead>\n<tbody>\n" : "</tr></thead>\n<tbody>\n");
    }

    public void Row(ReadOnlySpan<byte> name, FolderEntry entry, KnownDigests digests, ListingQuery query)
    {
        var slash = entry.IsFolder ? "/"u8 : default;
        page.Write("<tr><td><a href=\""u8);
        // A name with a colon would be a scheme; RFC 3986, 4.2. Encoded, it is none.
        PercentEncoding.Encode(name, page);
        page.Write(slash);
        Write(query.Tail.First);
        page.Write("\"><bdi>"u8);
        Html.Escape(name, page);
        page.Write("</bdi>"u8);
        page.Write(slash);
        Write("</a></td>");
        if (isFull)
            Write(entry.IsFolder ? "<td class=\"k\">folder</td>" : $"<td class=\"k\">{FileKind.Of(name)}</td>");
        var size = entry.Identity.Size;
        Write(entry.IsFolder ? "<td class=\"n\"></td>" : $"<td class=\"n\" title=\"{Figures.Bytes(size)}\">{Figures.Size(size)}</td>");
        var modified = entry.Identity.ModifiedAt;
        Write(string.Create(CultureInfo.InvariantCulture, $"<td class=\"t\"><time datetime=\"{modified:yyyy-MM-ddTHH:mm:ssZ}\">{modified:yyyy-MM-dd HH:mm}</time></td>"));
        if (isFull)
            WriteProof(name, entry, digests, query);
        page.Write("</tr>\n"u8);
    }

    /// <param name="rows">The rows of this page.</param>
    /// <param name="query">What was asked for.</param>
    /// <param name="bytes">The size of all files in these rows.</param>
    public void EndRows(ListingRows rows, ListingQuery query, long bytes)
    {
        Write("</tbody>\n");
        if (isFull && rows.Count > 0)
            Write($"<tfoot><tr><th scope=\"row\">{(rows.Pages > 1 ? "On this page" : "Total")}</th><td class=\"k\"></td><td class=\"n\" title=\"{Figures.Bytes(bytes)}\">{Figures.Size(bytes)}</td><td class=\"t\"></td><td class=\"p\"></td><td></td></tr></tfoot>\n");
        Write("</table>\n");
        if (rows.Total == 0)
            Write(query.Filter.Length > 0 ? "<p>No name here contains this text.</p>\n" : "<p>This folder is empty.</p>\n");
        if (rows.Pages > 1)
            WritePages(rows, query);
    }

    /// <param name="readme">What the folder says about itself, as HTML.</param>
    public void End(string? readme)
    {
        if (readme is not null)
            Write(readme);
        PageFrame.End(page);
    }

    private void WriteFilter(ListingQuery query) => Write(
        $"""
        <form role="search">
        <input type="search" name="q" value="{Html.Encode(query.Filter)}" aria-label="Show names that contain" placeholder="Names that contain…" maxlength="255">
        <input type="hidden" name="sort" value="{ListingQuery.NameOf(query.Order)}"><input type="hidden" name="order" value="{(query.IsDescending ? "desc" : "asc")}">{query.Tail.Inputs}
        <button>Filter</button> <button name="find">Search below</button>{(query.Filter.Length > 0 ? $" <a href=\"./{query.Tail.First}\">Show all</a>" : "")} <a href="?tar{query.Tail.Next}" download>Download folder (tar)</a>
        </form>

        """);

    private void WriteCaption(FolderNames names, ListingRows rows, ListingQuery query)
    {
        var files = names.Count - names.FolderCount;
        var counts = $"{Figures.Count(names.FolderCount, "folder", "folders")}, {Figures.Count(files, "file", "files")}";
        if (query.Filter.Length > 0)
            counts = $"{Figures.Count(rows.Total, "name", "names")} of {counts}";
        if (!rows.IsInOrder)
            counts += ". There are too many to be sorted: in the order of names";
        Write($"<caption>{counts}</caption>\n");
    }

    private void WriteColumn(string title, ListingOrder order, ListingQuery query)
    {
        var style = order switch
        {
            ListingOrder.Size => " class=\"n\"",
            ListingOrder.Time => " class=\"t\"",
            _ => "",
        };
        if (!isFull)
        {
            Write($"<th scope=\"col\"{style}>{title}</th>");
            return;
        }

        var isCurrent = order == query.Order;
        var link = query with { Order = order, IsDescending = isCurrent && !query.IsDescending, Page = 0 };
        var (sorted, arrow) = (isCurrent, query.IsDescending) switch
        {
            (false, _) => ("", ""),
            (true, false) => (" aria-sort=\"ascending\"", " ▲"),
            (true, true) => (" aria-sort=\"descending\"", " ▼"),
        };
        Write($"<th scope=\"col\"{style}{sorted}><a href=\"{Html.Encode(link.ToLink())}\">{title}{arrow}</a></th>");
    }

    private void WriteProof(ReadOnlySpan<byte> name, FolderEntry entry, KnownDigests digests, ListingQuery query)
    {
        if (entry.IsFolder)
        {
            Write("<td class=\"p\"></td><td></td>");
            return;
        }

        Write(ProofWords.Cell(digests));
        page.Write("<td><a href=\""u8);
        PercentEncoding.Encode(name, page);
        page.Write("?details"u8);
        Write(query.Tail.Next);
        page.Write("\" aria-label=\"Details of "u8);
        Html.Escape(name, page);
        page.Write("\">details</a></td>"u8);
    }

    private void WritePages(ListingRows rows, ListingQuery query)
    {
        Write("<nav class=\"pages\" aria-label=\"Pages\">");
        if (rows.Page > 1)
        {
            WritePage(query, 1, "First", "");
            WritePage(query, rows.Page - 1, "Previous", " rel=\"prev\"");
        }

        Write(string.Create(CultureInfo.InvariantCulture, $"<span>Page {rows.Page:N0} of {rows.Pages:N0}</span>"));
        if (rows.Page < rows.Pages)
        {
            WritePage(query, rows.Page + 1, "Next", " rel=\"next\"");
            WritePage(query, rows.Pages, "Last", "");
        }

        Write("</nav>\n");
    }

    private void WritePage(ListingQuery query, int number, string title, string relation) =>
        Write($"<a href=\"{Html.Encode((query with { Page = number }).ToLink())}\"{relation}>{title}</a>");

    private void Write(string text) => Encoding.UTF8.GetBytes(text, page);
}
