using System.Buffers;
using System.Buffers.Binary;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// The times and modes of a tree's folders. They are set at the end: whatever is made, replaced or deleted in a folder changes its time. Used by one thread.
/// </summary>
internal sealed class FolderAttributes(TreeRun run)
{
    // A million folders; whoever tells of more does not decide how much memory rd takes.
    private const int MaxBytes = 64 << 20;

    // Time, mode, length of the path.
    private const int HeadBytes = 8 + 4 + 4;

    private readonly ArrayBufferWriter<byte> _folders = new();
    private long _left;
    private string? _problem;

    /// <summary>Remembers what the server says of a folder.</summary>
    public void Add(TreeLine.Folder folder)
    {
        if (folder is { Modified: null, Mode: null })
            return;
        var length = HeadBytes + folder.Path.Bytes.Length;
        if (_folders.WrittenCount > MaxBytes - length)
        {
            _left++;
            return;
        }

        var entry = _folders.GetSpan(length);
        BinaryPrimitives.WriteInt64LittleEndian(entry, folder.Modified ?? long.MinValue);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], folder.Mode ?? -1);
        BinaryPrimitives.WriteInt32LittleEndian(entry[12..], folder.Path.Bytes.Length);
        folder.Path.Bytes.CopyTo(entry[HeadBytes..]);
        _folders.Advance(length);
    }

    /// <summary>Sets them, where they differ. What the disk refuses is told: no byte of a file depends on it.</summary>
    public void Apply()
    {
        for (var rest = _folders.WrittenSpan; !rest.IsEmpty;)
        {
            var (modified, mode) = (BinaryPrimitives.ReadInt64LittleEndian(rest), BinaryPrimitives.ReadInt32LittleEndian(rest[8..]));
            var length = HeadBytes + BinaryPrimitives.ReadInt32LittleEndian(rest[12..]);
            var path = TreePath.In(null, rest[HeadBytes..length])!;
            rest = rest[length..];
            Apply(path, modified == long.MinValue || !run.Options.KeepServerTime ? null : modified, mode < 0 ? null : mode);
        }

        if (_left > 0)
            run.Options.Tell($"{_left} folders do not have the server's times and modes: there are too many to remember them");
        if (_problem is not null)
            run.Options.Tell($"some folders do not have the server's times and modes: {_problem}");
    }

    private void Apply(TreePath path, long? modified, int? mode)
    {
        // It may be left out for having no file, or not be ours to make.
        if (run.Target.Look(path) is not { Kind: TreeEntryKind.Folder } entry)
            return;
        try
        {
            if (modified is { } time && !run.Target.IsOfTime(entry, time) || mode is { } bits && !run.Target.IsOfFolderMode(entry, bits))
                run.Target.UpdateFolder(path, modified, mode);
        }
        catch (DownloadFailedException error) when (error.Outcome == DownloadOutcome.LocalFile)
        {
            _problem ??= error.Message;
        }
    }
}
