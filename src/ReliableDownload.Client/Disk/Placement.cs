using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Disk;

/// <summary>Puts a finished, proven part file where the target is to be: flush, rename, flush of the folder.</summary>
internal sealed class Placement(string target, bool overwrite)
{
    // The folders that got a new name, the target's own first.
    private readonly List<string> _newNames = [Path.GetDirectoryName(target)!];

    // A longer name leaves no room for the suffixes: no file system allows more than 255 bytes.
    private const int MaxNameLength = 80;

    private readonly string _folder = Path.GetDirectoryName(target)!;
    private readonly string _name = Path.GetFileName(target) is { Length: <= MaxNameLength } name
        ? name
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target)));

    /// <summary>Where the bytes are while they are on the target's file system but not the target yet.</summary>
    public string PartPath => Path.Combine(_folder, $".{_name}.rd-part");

    /// <summary>Creates the target's folder if it does not exist.</summary>
    public void MakeFolder() => _newNames.AddRange(FileCalls.MakeFolder(_folder));

    /// <summary>Makes a target that is there already survive a power cut, whoever put it there.</summary>
    public void FlushTarget()
    {
        FileCalls.FlushPath(target);
        FlushNames();
    }

    /// <summary>Moves the part file; false where the target is on another file system and <see cref="Copy"/> has to do it.</summary>
    public bool TryMove(string part)
    {
        var replaced = overwrite ? Permissions.Of(target) : null;
        replaced?.GiveMode(part);
        switch (FileCalls.Rename(part, target, overwrite))
        {
            case FileCalls.RenameResult.OtherFileSystem:
                return false;
            case FileCalls.RenameResult.TargetExists:
                throw new DownloadFailedException(DownloadOutcome.TargetExists, $"'{target}' was made by someone else in the meantime and is left alone");
            default:
                replaced?.GiveOwners(target);
                FlushNames();
                return true;
        }
    }

    /// <summary>Copies the part file, proving each block once more on its way.</summary>
    public void Copy(string part, BlockMap map, CancellationToken cancellationToken)
    {
        var layout = map.Layout;
        using var hash = new BlockHash(map.Algorithm);
        using (var source = new FoundRanges(part, ranges: null, isInPlace: false))
        using (var copy = new PartFile(PartPath, layout.FileSize, layout.FileSize, startOver: true))
        {
            for (var i = 0; i < layout.BlockCount; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var digest = hash.Of(source, i, layout.Offset(i), layout.Length(i), (offset, data) => copy.Write(offset, data, isProven: true));
                if (!digest.SequenceEqual(map.Digest(i)))
                    throw new DownloadFailedException(DownloadOutcome.LocalFile, $"'{part}' changed on the disk after it was proven; run the same command again, what is right is kept");
            }

            copy.Flush();
            // Renamed while it is locked.
            if (!TryMove(PartPath))
                throw new IOException($"'{PartPath}' cannot be renamed to '{target}'");
        }
    }

    /// <summary>Whether a folder is on another file system than the target, found out by renaming an empty file.</summary>
    /// <param name="probe">Where the empty file may be made.</param>
    public bool IsOnOtherFileSystem(string probe)
    {
        var moved = Path.Combine(_folder, $".{_name}.rd-probe");
        File.Delete(probe);
        new FileStream(probe, FileMode.CreateNew).Dispose();
        try
        {
            return FileCalls.Rename(probe, moved, overwrite: true) == FileCalls.RenameResult.OtherFileSystem;
        }
        finally
        {
            File.Delete(probe);
            File.Delete(moved);
        }
    }

    private void FlushNames() => _newNames.ForEach(FileCalls.FlushPath);
}
