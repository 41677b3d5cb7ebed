using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Listing;

namespace ReliableDownload.Api.Search;

/// <summary>A search for people: a page that grows while names are found. Leaving it ends the search.</summary>
internal sealed class SearchPage(HttpContext context, RequestPath folder, ListingQuery query) : ISearchOutput
{
    private readonly PipeWriter _page = context.Response.BodyWriter;

    public long Unflushed => _page.UnflushedBytes;

    public void SetHeaders()
    {
        PageFrame.SetHeaders(context.Response);
        context.Response.Headers.Vary = ListingClients.Headers;
        context.Response.Headers.CacheControl = "no-store";
    }

    public void Begin()
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        PageFrame.Begin(_page, "/" + folder.Text, PageFrame.Up(RequestPath.EncodedOf(target)));
        Breadcrumbs.Write(_page, folder, query.Tail);
        Write($"""
            <form role="search">
            <input type="search" name="q" value="{Html.Encode(query.Filter)}" aria-label="Search below this folder for names that contain" placeholder="Names that contain…" maxlength="255">{query.Tail.Inputs}
            <button name="find">Search below</button> <button>Filter this folder</button> <a href="./{query.Tail.First}">Show the folder</a>
            </form>
            <table>
            <thead><tr><th scope="col">Name</th><th scope="col" class="k">Kind</th><th scope="col" class="n">Size</th><th scope="col" class="t">Modified (UTC)</th></tr></thead>
            <tbody>

            """);
    }

    public void Add(RequestPath path, FolderEntry entry)
    {
        var name = path.Below(folder).Span;
        var slash = entry.IsFolder ? "/" : "";
        Write($"<tr><td><a href=\"{PercentEncoding.Encode(name)}{slash}{query.Tail.First}\"><bdi>");
        Html.Escape(name, _page);
        Write($"</bdi>{slash}</a></td><td class=\"k\">{(entry.IsFolder ? "folder" : FileKind.Of(name[(name.LastIndexOf((byte)'/') + 1)..]))}</td>");
        var size = entry.Identity.Size;
        Write(entry.IsFolder ? "<td class=\"n\"></td>" : $"<td class=\"n\" title=\"{Figures.Bytes(size)}\">{Figures.Size(size)}</td>");
        var modified = entry.Identity.ModifiedAt;
        Write(string.Create(CultureInfo.InvariantCulture, $"<td class=\"t\"><time datetime=\"{modified:yyyy-MM-ddTHH:mm:ssZ}\">{modified:yyyy-MM-dd HH:mm}</time></td></tr>\n"));
    }

    public async ValueTask<bool> FlushAsync(CancellationToken cancellationToken) => (await _page.FlushAsync(cancellationToken)).IsCompleted;

    public void End(SearchProgress progress)
    {
        var found = query.Filter.Length == 0 ? "Type a part of a name." : $"{Figures.Count(progress.Hits, "name", "names")} found.";
        var skipped = progress.Skipped == 0 ? "" : $" {Figures.Count(progress.Skipped, "folder", "folders")} could not be read.";
        Write($"</tbody>\n</table>\n<p role=\"status\">{found}{(progress.Stopped is null ? "" : $" {Html.Encode(progress.Stopped)}")}{skipped}</p>\n");
        PageFrame.End(_page);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _page);
}
