using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Limiting;
using ReliableDownload.Api.Listing;
using ReliableDownload.Api.Routing;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Search;

/// <summary>
/// <c>?find=TEXT</c>, or <c>?q=TEXT&amp;find</c> from the page's form: what lies below a folder and has a name that contains the text. Streamed; whoever leaves ends
/// the search. One for all requests.
/// </summary>
internal sealed class SearchView(IWebRoot root, FolderSearch search, JsonListing json, TimeProvider clock) : IView
{
    // What is found is shown at once, but not each row in a packet of its own.
    private static readonly TimeSpan ShownEach = TimeSpan.FromSeconds(0.25);

    private readonly AnswerSlots _slots = new(Limits.Searches, Limits.SearchesOfClient);

    public string Name => "find";

    public Task<bool> TryAnswerAsync(HttpContext context, RequestPath path, string value) =>
        FolderResponse.TryAnswerAsync(context, root, path, folder => AnswerAsync(context, path, value, folder));

    private async Task AnswerAsync(HttpContext context, RequestPath path, string value, IServedFolder folder)
    {
        var query = ListingQuery.Of(context.Request.Query);
        if (value.Length > 0)
            query = query with { Filter = ListingQuery.Shorten(value) };
        using ISearchOutput output = ListingClients.Of(context.Request) == ListingClient.Json || context.Request.Query.ContainsKey("json")
            ? new SearchJson(context, path, query, json)
            : new SearchPage(context, path, query);
        folder.Probe();
        using var slot = _slots.TryTake(context);
        if (slot is null)
        {
            FolderResponse.Refuse(context);
            return;
        }

        output.SetHeaders();
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        output.Begin();
        await output.FlushAsync(context.RequestAborted);
        await EventThread.LeaveAsync();
        output.End(await RunAsync(context, path, query.Filter, output));
    }

    private async Task<SearchProgress> RunAsync(HttpContext context, RequestPath path, string text, ISearchOutput output)
    {
        var progress = new SearchProgress();
        if (text.Length == 0)
            return progress;
        using var limit = new CancellationTokenSource(Limits.SearchTime, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted);
        try
        {
            var shown = clock.GetTimestamp();
            await foreach (var hit in search.FindAsync(context, path, text, progress, either.Token))
            {
                if (hit is { } found)
                    output.Add(found.Path, found.Entry);
                if (output.Unflushed == 0 || (output.Unflushed < ListingFlush.Size && clock.GetElapsedTime(shown) < ShownEach))
                    continue;
                if (await output.FlushAsync(either.Token))
                    context.RequestAborted.ThrowIfCancellationRequested();
                await EventThread.LeaveAsync();
                shown = clock.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            progress.Stopped = $"It was stopped after {Limits.SearchTime.TotalSeconds} seconds.";
        }
        catch (FolderWalkException busy)
        {
            progress.Stopped = busy.Message;
        }

        return progress;
    }
}
