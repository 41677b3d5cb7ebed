using System.Runtime.CompilerServices;
using ReliableDownload.Api.Sending;

namespace ReliableDownload.Api.Files;

/// <summary>All files and folders below a folder, in the order of listings; links that lead back to a folder above are not followed. One for all requests.</summary>
internal sealed class FolderWalk(IWebRoot root, FolderSnapshots snapshots)
{
    /// <exception cref="FolderWalkException">There is more than a request may take.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public async IAsyncEnumerable<RequestPath> FilesAsync(RequestPath start, int maxFiles, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = 0;
        await foreach (var path in EntriesAsync(start, int.MaxValue, onSkipped: null, cancellationToken))
        {
            if (path.EndsWithSlash)
                continue;
            if (++files > maxFiles)
                throw new FolderWalkException($"There are more than {maxFiles} files below this folder: ask for the folders in it.");
            yield return path;
        }
    }

    /// <summary>Folders, too, each before what is in it: their paths end with a slash.</summary>
    /// <param name="start">The folder, which is not among them.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="onSkipped">Told of each folder that cannot be read or lies too deep; null if that ends the walk.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="FolderWalkException">There is more than a request may take.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public async IAsyncEnumerable<RequestPath> EntriesAsync(
        RequestPath start, int most, Action? onSkipped, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var levels = new Stack<Level>();
        var count = 0;
        try
        {
            await EnterAsync(levels, start, onSkipped, cancellationToken);
            while (levels.TryPeek(out var level))
            {
                await EventThread.LeaveAsync();
                if (level.Next == level.Snapshot.Names.Count)
                {
                    levels.Pop().Snapshot.Dispose();
                    continue;
                }

                var isFolder = level.Snapshot.Names.IsFolder(level.Next);
                var path = level.Path.Child(level.Snapshot.Names[level.Next++]) with { EndsWithSlash = isFolder };
                if (++count > most)
                    throw new FolderWalkException($"There are more than {most} files and folders below this folder: ask for the folders in it.");
                yield return path;
                if (isFolder)
                    await EnterAsync(levels, path, onSkipped, cancellationToken);
            }
        }
        finally
        {
            foreach (var level in levels)
                level.Snapshot.Dispose();
        }
    }

    private async Task EnterAsync(Stack<Level> levels, RequestPath path, Action? onSkipped, CancellationToken cancellationToken)
    {
        try
        {
            if (!await TryEnterAsync(levels, path, cancellationToken))
                onSkipped?.Invoke();
        }
        catch (Exception error) when (onSkipped is not null && error is (IOException or FolderWalkException { IsTemporary: false }))
        {
            onSkipped();
        }
    }

    // The folder is closed again at once: a walk that waits holds names, but no descriptors.
    private async Task<bool> TryEnterAsync(Stack<Level> levels, RequestPath path, CancellationToken cancellationToken)
    {
        using var folder = root.OpenFolder(path);
        if (folder is null)
            return false;
        if (levels.Any(level => IsSame(level.Snapshot.Identity, folder.Identity)))
            return true;
        if (levels.Count == Limits.MetalinkDepth)
            throw new FolderWalkException($"There are more than {Limits.MetalinkDepth} folders inside each other: ask for one of them.");
        var snapshot = await snapshots.GetAsync(path, folder, cancellationToken) ?? throw new FolderWalkException("Too many folders are being listed.") { IsTemporary = true };
        levels.Push(new Level(path, snapshot));
        return true;
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
