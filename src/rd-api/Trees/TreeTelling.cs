using System.Buffers;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>
/// Turns what a walk finds into lines. Tells of nothing that the client may not have; a folder of that kind is told where there is something in it that the
/// client may have. Blocks; one per answer.
/// </summary>
internal sealed class TreeTelling(HttpContext context, TreeWalk walk, TreeLines lines, TreeDigests? digests, TimeProvider time, AccessControl? access)
{
    // Long enough to be worth a send, short enough for a client to see something.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    // The folders that the walk is in and that have not been told, from the top.
    private readonly List<(TreeLevel Level, byte[] Name, FolderEntry Found)> _untold = [];

    /// <summary>Writes some lines, until there is enough to send.</summary>
    /// <returns>False at the end of the tree.</returns>
    public bool TryTell(ArrayBufferWriter<byte> output, int enough, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested && output.WrittenCount < enough && (output.WrittenCount == 0 || time.GetElapsedTime(began) < Longest))
        {
            if (!walk.TryNext(out var entry))
                return false;
            Tell(entry);
        }

        return true;
    }

    private void Tell(TreeEntry entry)
    {
        var level = entry.Level;
        var name = entry.Name;
        if (access is not null && !IsTold(entry))
            return;
        switch (entry.Kind)
        {
            case TreeEntryKind.Folder:
                lines.Folder(level, name, entry.Found);
                break;
            case TreeEntryKind.Skipped:
                lines.Skipped(level, name, entry.Reason);
                break;
            default:
                lines.File(level, name, entry.Found, digests?.Find(level.Path, name, entry.Found.Identity));
                break;
        }
    }

    private bool IsTold(TreeEntry entry)
    {
        var path = entry.Level.Path.Child(entry.Name);
        _untold.RemoveAll(folder => !IsAbove(folder.Level.Path.Child(folder.Name), path));
        if (!access!.IsGranted(context, path))
        {
            if (entry.Kind == TreeEntryKind.Folder)
                _untold.Add((entry.Level, entry.Name.ToArray(), entry.Found));
            return false;
        }

        foreach (var (level, name, found) in _untold)
            lines.Folder(level, name, found);
        _untold.Clear();
        return true;
    }

    private static bool IsAbove(RequestPath folder, RequestPath path) =>
        path.Bytes.Span.StartsWith(folder.Bytes.Span) && path.Bytes.Length > folder.Bytes.Length && path.Bytes.Span[folder.Bytes.Length] == '/';
}
