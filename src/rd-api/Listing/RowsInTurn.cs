using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Limiting;

namespace ReliableDownload.Api.Listing;

/// <summary>
/// Finds the rows of listings. Where every name has to be looked at, a few do so at a time and the others wait: whoever asked has the head of the page already. One for
/// all requests.
/// </summary>
internal sealed class RowsInTurn : IDisposable
{
    private readonly SemaphoreSlim _sorting = new(Limits.SortedListings);
    private readonly ClientTurns _turns = new();

    /// <param name="context">The request.</param>
    /// <param name="names">All of the folder's names.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="query">Which rows are asked for.</param>
    /// <param name="isPaged">Whether to choose a page; else all rows, which is possible only in the order of names.</param>
    public async Task<ListingRows> FindAsync(HttpContext context, FolderNames names, IServedFolder folder, ListingQuery query, bool isPaged)
    {
        if (query.IsPlain)
            return ListingRows.Of(names, folder, query, isPaged);
        using var turn = await _turns.WaitAsync(context);
        await _sorting.WaitAsync(context.RequestAborted);
        try
        {
            return ListingRows.Of(names, folder, query, isPaged);
        }
        finally
        {
            _sorting.Release();
        }
    }

    public void Dispose() => _sorting.Dispose();
}
