using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Listing;

/// <summary>Answers a request for a folder with a redirect to the URL with a slash, or with its listing. One for all requests.</summary>
internal sealed class FolderResponse(FolderSnapshots snapshots, FolderProof proof, RowsInTurn rowsInTurn, JsonListing json, Readme readme)
{
    // Time for some of the listings that hold the memory to finish.
    private const string RetrySeconds = "5";

    /// <summary>
    /// A page's relative links need the slash. It is named relative to the request (RFC 3986, 4.2), so that it is right behind a proxy that takes off the beginning of the path,
    /// and cannot name another host.
    /// </summary>
    public static void Redirect(HttpContext context, RequestPath path)
    {
        var name = path.Bytes.Span[(path.Bytes.Span.LastIndexOf((byte)'/') + 1)..];
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = $"./{PercentEncoding.Encode(name)}/{context.Request.QueryString}";
    }

    /// <summary>Says that listings in progress hold all memory.</summary>
    public static void Refuse(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = RetrySeconds;
    }

    /// <summary>Says that a folder's permissions keep the server from reading it; false if there is no folder at this path.</summary>
    public static async Task<bool> TryForbidAsync(HttpContext context, IWebRoot root, RequestPath path)
    {
        if (!root.IsFolder(path))
            return false;
        await TextResponse.WriteAsync(context, StatusCodes.Status403Forbidden, "this folder's permissions do not allow the server to read it\n");
        return true;
    }

    /// <summary>Answers with another form of a folder; false if there is none at this path.</summary>
    public static async Task<bool> TryAnswerAsync(HttpContext context, IWebRoot root, RequestPath path, Func<IServedFolder, Task> writeAsync)
    {
        if (!root.IsFolder(path))
            return false;
        if (!path.EndsWithSlash)
        {
            Redirect(context, path);
            return true;
        }

        if (root.OpenFolder(path) is not { } folder)
            return await TryForbidAsync(context, root, path);
        try
        {
            await writeAsync(folder);
        }
        finally
        {
            await EventThread.LeaveAsync();
            folder.Dispose();
        }

        return true;
    }

    /// <exception cref="IOException">The folder cannot be read.</exception>
    public async Task ListAsync(HttpContext context, RequestPath path, IServedFolder folder)
    {
        var client = ListingClients.Of(context.Request);
        if (client == ListingClient.Json)
        {
            await json.WriteAsync(context, path, folder);
            return;
        }

        var response = context.Response;
        var isHead = HttpMethods.IsHead(context.Request.Method);
        if (!isHead && !snapshots.HasRoomFor(path, folder))
        {
            Refuse(context);
            return;
        }

        folder.Probe();
        PageFrame.SetHeaders(response);
        response.Headers.Vary = ListingClients.Headers;
        if (isHead)
            return;
        var query = ListingQuery.Of(context.Request.Query);
        var isFull = client == ListingClient.Browser;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var page = new ListingPage(response.BodyWriter, isFull);
        page.Begin(path, PageFrame.Up(RequestPath.EncodedOf(target)), query);
        // Reading and sorting 200,000 names takes longer than a visitor should see nothing.
        await response.BodyWriter.FlushAsync(context.RequestAborted);
        await EventThread.LeaveAsync();
        using var snapshot = await snapshots.GetAsync(path, folder, context.RequestAborted);
        if (snapshot is null)
        {
            context.Abort();
            return;
        }

        var names = snapshot.Names;
        var rows = await rowsInTurn.FindAsync(context, names, folder, query, isPaged: isFull || query.Page > 0 || !query.IsPlain);
        page.BeginRows(names, rows, query);
        var bytes = 0L;
        foreach (var row in rows)
        {
            // Examined only now, so that the first rows of a large folder are sent at once.
            if (folder.DescribeReadable(names[row]) is { } entry)
            {
                page.Row(names[row], entry, isFull && !entry.IsFolder ? proof.Of(context, path, names[row], entry.Identity) : default, query);
                bytes += entry.IsFolder ? 0 : entry.Identity.Size;
            }

            if (await ListingFlush.IsGoneAsync(response.BodyWriter, context.RequestAborted))
                return;
        }

        page.EndRows(rows, query, bytes);
        page.End(isFull ? readme.Of(context, path) : null);
    }
}
