using System.Buffers;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Api.Trees;

/// <summary>
/// Goes through everything below a folder, in the order of a tree: a folder before what is in it, names by their bytes. Links are what they point
/// to, and those that lead back to a folder above are left out. It holds the names in the folders that it is in, and one descriptor. Blocks; for one caller
/// at a time.
/// </summary>
/// <param name="root">What is served.</param>
/// <param name="names">Where the memory for names is counted.</param>
/// <param name="query">Where to begin, and how deep to go.</param>
internal sealed class TreeWalk(IWebRoot root, TreeNames names, TreeQuery query) : IDisposable
{
    private readonly Stack<TreeLevel> _levels = new();
    private IServedFolder? _folder;
    private bool _isAtFolder;
    private long _held; // bytes of names

    /// <summary>Begins in a folder, which the walk closes when it leaves it.</summary>
    /// <exception cref="IOException">Its names cannot be read.</exception>
    public void Begin(RequestPath path, IServedFolder folder)
    {
        _folder = folder;
        Push(path, [], folder, query.After);
    }

    /// <summary>Finds what comes next; false at the end.</summary>
    /// <exception cref="IOException">A folder is no longer the one that it was.</exception>
    /// <exception cref="TreeFullException">The names in the next folder find no room now.</exception>
    public bool TryNext(out TreeEntry entry)
    {
        entry = default;
        while (_levels.TryPeek(out var level))
        {
            if (_isAtFolder)
            {
                _isAtFolder = false;
                if (TryEnter(level, level.Names[level.Next - 1], out var reason))
                    continue;
                entry = Skipped(level, isFolder: true, reason);
                return true;
            }

            if (level.Next == level.Names.Count)
            {
                Pop();
                continue;
            }

            var name = level.Names[level.Next++];
            _folder ??= Reopen(level);
            if (!TryDescribe(_folder, name, out var described, out var failure))
            {
                entry = Skipped(level, level.Names.IsFolder(level.Next - 1), failure);
                return true;
            }

            if (described is not { } found)
                continue;
            _isAtFolder = found.IsFolder && _levels.Count < query.Depth;
            if (IsTold(level, name, found.IsFolder))
                continue;
            entry = new TreeEntry(found.IsFolder ? TreeEntryKind.Folder : TreeEntryKind.File, level, level.Next - 1, found);
            return true;
        }

        return false;
    }

    public void Dispose()
    {
        while (_levels.Count > 0)
            Pop();
        Close();
    }

    private static TreeEntry Skipped(TreeLevel level, bool isFolder, string reason) =>
        new(TreeEntryKind.Skipped, level, level.Next - 1, new FolderEntry(isFolder, default, Access: null), reason);

    private static bool TryDescribe(IServedFolder folder, ReadOnlySpan<byte> name, out FolderEntry? found, out string reason)
    {
        (found, reason) = (null, "");
        try
        {
            found = folder.Describe(name);
            return true;
        }
        catch (IOException error)
        {
            reason = $"the server cannot read it: {error.Message}";
            return false;
        }
    }

    /// <summary>Whether a name was told before this walk began; only the first one of a folder can be.</summary>
    private static bool IsTold(TreeLevel level, ReadOnlySpan<byte> name, bool isFolder)
    {
        if (level.After is not { } after)
            return false;
        var path = after.Bytes.Span;
        var slash = path.IndexOf((byte)'/');
        var isLast = slash < 0;
        var isFolderThen = !isLast || after.EndsWithSlash;
        var isTold = isFolder == isFolderThen && name.SequenceEqual(isLast ? path : path[..slash]);
        if (!isTold || isLast)
            level.After = null;
        return isTold;
    }

    private bool TryEnter(TreeLevel above, ReadOnlySpan<byte> name, out string reason)
    {
        reason = "";
        var after = above.After is { } told ? told with { Bytes = told.Bytes[(told.Bytes.Span.IndexOf((byte)'/') + 1)..] } : default(RequestPath?);
        above.After = null;
        Close();
        var path = above.Path.Child(name) with { EndsWithSlash = true };
        try
        {
            if (_levels.Count == Limits.TreeDepth)
                reason = $"there are {Limits.TreeDepth} folders above it";
            else if ((_folder = root.OpenFolder(path)) is not { } folder)
                reason = "the server may not read it, or it is gone";
            else if (_levels.Any(level => level.IsSameFolder(folder.Identity)))
                reason = "a link leads back to a folder above it";
            else
                Push(path, Encode(above.Encoded, name), folder, after);
        }
        catch (IOException error)
        {
            reason = $"the server cannot read it: {error.Message}";
        }

        if (reason.Length > 0)
            Close();
        return reason.Length == 0;
    }

    private void Push(RequestPath path, byte[] encoded, IServedFolder folder, RequestPath? after)
    {
        if (names.IsFullBeside(_held))
            throw new TreeFullException();
        var found = folder.ReadNames();
        found.SortByBytes();
        names.Add(found.Size);
        _held += found.Size;
        var level = new TreeLevel(path, encoded, found, folder.Identity) { After = after };
        if (after is { } told)
        {
            var bytes = told.Bytes.Span;
            var slash = bytes.IndexOf((byte)'/');
            level.Next = found.Find(slash < 0 ? bytes : bytes[..slash]);
        }

        _levels.Push(level);
    }

    private void Pop()
    {
        var size = _levels.Pop().Names.Size;
        names.Remove(size);
        _held -= size;
        Close();
    }

    // The rest of its names would be looked for in another folder, and taken for gone.
    private IServedFolder Reopen(TreeLevel level)
    {
        var folder = root.OpenFolder(level.Path);
        if (folder is not null && (!folder.Identity.IsOfAnyName || level.IsSameFolder(folder.Identity)))
            return folder;
        folder?.Dispose();
        throw new IOException($"'{level.Path}' was moved or replaced while it was being listed; ask again for what comes after the last line.");
    }

    // The folders above are opened again when they go on: a deep tree takes no more descriptors than a flat one.
    private void Close()
    {
        _folder?.Dispose();
        _folder = null;
    }

    private static byte[] Encode(byte[] above, ReadOnlySpan<byte> name)
    {
        var encoded = new ArrayBufferWriter<byte>();
        encoded.Write(above);
        PercentEncoding.Encode(name, encoded);
        encoded.Write("/"u8);
        return encoded.WrittenSpan.ToArray();
    }
}

/// <summary>The names of the trees that are being read take all memory that they may have.</summary>
internal sealed class TreeFullException() : Exception("Too many folders are being listed; ask again for what comes after the last line.");
