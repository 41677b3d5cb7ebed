using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Search;

/// <summary>What a search is written as: a page or JSON. One per response.</summary>
internal interface ISearchOutput : IDisposable
{
    /// <summary>Bytes that were written since the last flush.</summary>
    long Unflushed { get; }

    void SetHeaders();

    /// <summary>Writes what comes before the first name.</summary>
    void Begin();

    void Add(RequestPath path, FolderEntry entry);

    /// <returns>True if the client is gone.</returns>
    ValueTask<bool> FlushAsync(CancellationToken cancellationToken);

    /// <summary>Writes the end, which says whether everything was looked at.</summary>
    void End(SearchProgress progress);
}
