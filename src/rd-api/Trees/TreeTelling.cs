using System.Runtime.ExceptionServices;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>
/// Turns what a walk finds into lines, some hundreds at a time: their digests are looked up together. A folder that the client may not have is told where there is
/// something in it that it may have. Blocks; one per answer.
/// </summary>
/// <param name="walk">Finds.</param>
/// <param name="lines">Takes the lines.</param>
/// <param name="digests">Knows digests; null if the client wants none.</param>
/// <param name="isVisible">Whether the client may have what is at a path; null if it may have everything.</param>
/// <param name="time">The clock.</param>
internal sealed class TreeTelling(TreeWalk walk, TreeLines lines, TreeDigests? digests, Func<RequestPath, bool>? isVisible, TimeProvider time)
{
    // Lines: some 64 KiB.
    private const int Enough = 400;

    // Short enough for a client to see something.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    private readonly List<TreeEntry> _entries = [];

    // The folders that the walk is in and that have not been told, from the top.
    private readonly List<TreeEntry> _untold = [];

    // What ended the walk, until what it had found before is told.
    private ExceptionDispatchInfo? _end;

    /// <summary>Writes some lines.</summary>
    /// <returns>False at the end of the tree.</returns>
    public async Task<bool> TryTellAsync(CancellationToken cancellationToken)
    {
        var isMore = TryCollect(cancellationToken);
        var known = digests is null ? null : await digests.FindAsync(_entries, cancellationToken);
        for (var i = 0; i < _entries.Count; i++)
            Tell(_entries[i], known?[i]);
        _entries.Clear();
        return isMore;
    }

    private bool TryCollect(CancellationToken cancellationToken)
    {
        _end?.Throw();
        var began = time.GetTimestamp();
        while (_entries.Count < Enough && !cancellationToken.IsCancellationRequested && time.GetElapsedTime(began) < Longest)
        {
            TreeEntry entry;
            try
            {
                if (!walk.TryNext(out entry))
                    return false;
            }
            catch (Exception error) when (_entries.Count > 0 && error is (TreeFullException or IOException))
            {
                _end = ExceptionDispatchInfo.Capture(error);
                return true;
            }

            if (isVisible is null || IsTold(entry, isVisible))
                _entries.Add(entry);
        }

        return true;
    }

    private void Tell(TreeEntry entry, string? digest)
    {
        switch (entry.Kind)
        {
            case TreeEntryKind.Folder:
                lines.Folder(entry.Level, entry.Name, entry.Found);
                break;
            case TreeEntryKind.Skipped:
                lines.Skipped(entry.Level, entry.Name, entry.Found.IsFolder, entry.Reason);
                break;
            default:
                lines.File(entry.Level, entry.Name, entry.Found, digest);
                break;
        }
    }

    private bool IsTold(TreeEntry entry, Func<RequestPath, bool> isVisibleTo)
    {
        var path = entry.Level.Path.Child(entry.Name);
        _untold.RemoveAll(folder => !IsAbove(folder.Level.Path.Child(folder.Name), path));
        if (!isVisibleTo(path))
        {
            if (entry.Kind == TreeEntryKind.Folder)
                _untold.Add(entry);
            return false;
        }

        _entries.AddRange(_untold);
        _untold.Clear();
        return true;
    }

    private static bool IsAbove(RequestPath folder, RequestPath path) =>
        path.Bytes.Span.StartsWith(folder.Bytes.Span) && path.Bytes.Length > folder.Bytes.Length && path.Bytes.Span[folder.Bytes.Length] == '/';
}
