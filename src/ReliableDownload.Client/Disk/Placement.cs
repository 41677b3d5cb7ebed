using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Disk;

/// <summary>Puts a finished, proven part file where the target is to be: flush, rename, flush of the folder.</summary>
internal sealed class Placement(string target, bool overwrite)
{
    // A name that is longer could not take the marks: no file system takes one of more than 255 bytes.
    private const int MaxNameLength = 80;

    private readonly string _folder = Path.GetDirectoryName(target)!;
    private readonly string _name = Path.GetFileName(target) is { Length: <= MaxNameLength } name
        ? name
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target)));

    /// <summary>Where the bytes are while they are on the target's file system but not the target yet.</summary>
    public string PartPath => Path.Combine(_folder, $".{_name}.rd-part");

    /// <summary>Moves the part file; false where the target is on another file system and <see cref="Copy"/> has to do it.</summary>
    public bool TryMove(string part)
    {
        switch (FileCalls.Rename(part, target, overwrite))
        {
            case FileCalls.RenameResult.OtherFileSystem:
                return false;
            case FileCalls.RenameResult.TargetExists:
                throw new DownloadFailedException(DownloadOutcome.TargetExists, $"'{target}' was made by someone else in the meantime and is left alone");
            default:
                FileCalls.FlushFolder(_folder);
                return true;
        }
    }

    /// <summary>Copies the part file, proving each block once more on its way.</summary>
    public void Copy(string part, BlockMap map, CancellationToken cancellationToken)
    {
        var layout = map.Layout;
        using var hash = new BlockHash(map.Algorithm);
        using (var source = new FoundRanges(part, ranges: null, isInPlace: false))
        using (var copy = new PartFile(PartPath, layout.FileSize, layout.FileSize))
        {
            for (var i = 0; i < layout.BlockCount; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var digest = hash.Of(source, i, layout.Offset(i), layout.Length(i), (offset, data) => copy.Write(offset, data, isProven: true));
                if (!digest.SequenceEqual(map.Digest(i)))
                    throw new DownloadFailedException(DownloadOutcome.LocalFile, $"'{part}' changed on the disk after it was proven; run the same command again, what is right is kept");
            }

            copy.Flush();
        }

        if (!TryMove(PartPath))
            throw new IOException($"'{PartPath}' cannot be renamed to '{target}'");
    }

    /// <summary>Whether <paramref name="folder"/> is on another file system than the target, found out by renaming an empty file.</summary>
    public bool IsOnOtherFileSystem(string folder)
    {
        var probe = Path.Combine(folder, "probe");
        var moved = Path.Combine(_folder, $".{_name}.rd-probe");
        File.WriteAllBytes(probe, []);
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
}
