using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Search;

/// <summary>Finds names below a folder, in the order of listings, and only what the visitor may have. One for all requests.</summary>
internal sealed class FolderSearch(FolderWalk walk, IWebRoot root, AccessControl? access)
{
    // Names after which the caller may flush what was found: a millisecond.
    private const int Turn = 1024;

    /// <returns>What was found, and null from time to time.</returns>
    /// <exception cref="FolderWalkException">Too many folders are being read by others.</exception>
    public async IAsyncEnumerable<(RequestPath Path, FolderEntry Entry)?> FindAsync(
        HttpContext context, RequestPath folder, string text, SearchProgress progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = 0;
        await foreach (var path in walk.EntriesAsync(folder, int.MaxValue, () => progress.Skipped++, cancellationToken))
        {
            if (++names > Limits.SearchedNames)
            {
                progress.Stopped = $"More than {Limits.SearchedNames:N0} names are below this folder; the others were not looked at.";
                yield break;
            }

            if (names % Turn == 0 || path.EndsWithSlash)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return null;
            }

            if (!IsMatch(path, text) || access?.IsGranted(context, path) == false || root.Describe(path) is not { } entry)
                continue;
            if (progress.Hits == Limits.SearchHits)
            {
                progress.Stopped = $"There are more than {Limits.SearchHits:N0}; the others are not shown.";
                yield break;
            }

            progress.Hits++;
            yield return (path, entry);
        }
    }

    private static bool IsMatch(RequestPath path, string text)
    {
        var bytes = path.Bytes.Span;
        return Encoding.UTF8.GetString(bytes[(bytes.LastIndexOf((byte)'/') + 1)..]).Contains(text, StringComparison.OrdinalIgnoreCase);
    }
}
