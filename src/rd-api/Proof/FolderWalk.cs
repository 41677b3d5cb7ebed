using System.Runtime.CompilerServices;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Proof;

/// <summary>All files below a folder, in the order of listings; links that lead back to a folder above are not followed. One for all requests.</summary>
internal sealed class FolderWalk(IWebRoot root, FolderSnapshots snapshots)
{
    /// <exception cref="FolderWalkException">There is more than a request may take.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public async IAsyncEnumerable<RequestPath> FilesAsync(RequestPath start, int maxFiles, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var levels = new Stack<Level>();
        var files = 0;
        try
        {
            await EnterAsync(levels, start, cancellationToken);
            while (levels.TryPeek(out var level))
            {
                await EventThread.LeaveAsync();
                if (level.Next == level.Snapshot.Names.Count)
                {
                    levels.Pop().Snapshot.Dispose();
                    continue;
                }

                var name = level.Snapshot.Names[level.Next];
                var path = level.Path.Child(name);
                if (level.Snapshot.Names.IsFolder(level.Next++))
                    await EnterAsync(levels, path with { EndsWithSlash = true }, cancellationToken);
                else if (++files > maxFiles)
                    throw new FolderWalkException($"There are more than {maxFiles} files below this folder: ask for the folders in it.");
                else
                    yield return path;
            }
        }
        finally
        {
            foreach (var level in levels)
                level.Snapshot.Dispose();
        }
    }

    // The folder is closed again at once: a walk that waits holds names, but no descriptors.
    private async Task EnterAsync(Stack<Level> levels, RequestPath path, CancellationToken cancellationToken)
    {
        using var folder = root.OpenFolder(path);
        if (folder is null || levels.Any(level => IsSame(level.Snapshot.Identity, folder.Identity)))
            return;
        if (levels.Count == Limits.MetalinkDepth)
            throw new FolderWalkException($"There are more than {Limits.MetalinkDepth} folders inside each other: ask for one of them.");
        var snapshot = await snapshots.GetAsync(path, folder, cancellationToken) ?? throw new FolderWalkException("Too many folders are being listed.") { IsTemporary = true };
        levels.Push(new Level(path, snapshot));
    }

    private static bool IsSame(FileIdentity one, FileIdentity other) => one.IsOfAnyName && (one.Device, one.Inode) == (other.Device, other.Inode);

    private sealed record Level(RequestPath Path, FolderSnapshots.Snapshot Snapshot)
    {
        public int Next { get; set; }
    }
}

/// <summary>A folder has too much below it; the message is a sentence for the user.</summary>
internal sealed class FolderWalkException(string message) : Exception(message)
{
    /// <summary>Whether it may work later.</summary>
    public bool IsTemporary { get; init; }
}
