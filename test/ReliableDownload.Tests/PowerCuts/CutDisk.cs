namespace ReliableDownload.Tests.PowerCuts;

/// <summary>
/// What a disk may hold after a power cut in the middle of some calls: what was flushed is there, and of the rest any part, in any
/// order. A file's flush covers its bytes and not its name; a folder's flush covers the names in it.
/// </summary>
internal sealed class CutDisk(DiskRecorder before, IReadOnlyList<DiskCall> calls)
{
    /// <summary>The size of what a disk writes in one step, in bytes.</summary>
    private const int Sector = 512;

    /// <summary>The numbers of those among the first <paramref name="count"/> calls that no flush covers.</summary>
    public List<int> Unflushed(int count)
    {
        var files = new Dictionary<int, int>();
        var folders = new Dictionary<string, int>();
        for (var i = 0; i < count; i++)
        {
            if (calls[i] is DiskCall.FlushFile file)
                files[file.File] = file.Covers;
            else if (calls[i] is DiskCall.FlushFolder folder)
                folders[folder.Path] = folder.Covers;
        }

        return Enumerable.Range(0, count).Where(i => calls[i] switch
        {
            DiskCall.Write write => files.GetValueOrDefault(write.File) <= i,
            DiskCall.SetLength length => files.GetValueOrDefault(length.File) <= i,
            DiskCall.Create create => !IsFlushed(create.Path, i),
            DiskCall.Rename rename => !IsFlushed(rename.To, i),
            DiskCall.Unlink unlink => !IsFlushed(unlink.Path, i),
            DiskCall.MakeFolder made => !IsFlushed(made.Path, i),
            DiskCall.RemoveFolder removed => !IsFlushed(removed.Path, i),
            _ => false,
        }).ToList();

        bool IsFlushed(string path, int call) => folders.GetValueOrDefault(Path.GetDirectoryName(path)!) > call;
    }

    /// <summary>The files, by path, after a cut behind the first <paramref name="count"/> calls, without those that are <paramref name="lost"/>.</summary>
    /// <param name="torn">Draws how much of an unflushed write arrived; null for all of it.</param>
    public (Dictionary<string, byte[]> Files, HashSet<string> Folders) After(int count, IReadOnlySet<int> lost, IReadOnlySet<int> unflushed, Random? torn)
    {
        var names = before.Initial.Keys.Select((path, file) => (path, file)).ToDictionary(pair => pair.path, pair => pair.file);
        var contents = before.Initial.Values.Select((bytes, file) => (bytes, file)).ToDictionary(pair => pair.file, pair => pair.bytes);
        var folders = before.InitialFolders.ToHashSet();
        for (var i = 0; i < count; i++)
        {
            if (lost.Contains(i))
                continue;
            switch (calls[i])
            {
                case DiskCall.Create create:
                    names[create.Path] = create.File;
                    break;
                case DiskCall.Write write:
                    var length = torn is null || !unflushed.Contains(i) ? write.Data.Length : Math.Min(write.Data.Length, torn.Next((write.Data.Length / Sector) + 2) * Sector);
                    contents[write.File] = Overwritten(contents.GetValueOrDefault(write.File, []), write.Offset, write.Data.AsSpan(0, length));
                    break;
                case DiskCall.SetLength set:
                    var resized = contents.GetValueOrDefault(set.File, []);
                    Array.Resize(ref resized, (int)set.Length);
                    contents[set.File] = resized;
                    break;
                case DiskCall.Rename rename:
                    if (names.GetValueOrDefault(rename.From, -1) == rename.File)
                        names.Remove(rename.From);
                    names[rename.To] = rename.File;
                    break;
                case DiskCall.Unlink unlink:
                    names.Remove(unlink.Path);
                    break;
                case DiskCall.MakeFolder made:
                    folders.Add(made.Path);
                    break;
                case DiskCall.RemoveFolder removed when !folders.Concat(names.Keys).Any(path => path.StartsWith(removed.Path + '/', StringComparison.Ordinal)):
                    folders.Remove(removed.Path);
                    break;
                default:
                    break;
            }
        }

        // What is in a folder that is lost is lost.
        folders.RemoveWhere(folder => !HasParents(folder));
        return (names.Where(name => folders.Contains(Path.GetDirectoryName(name.Key)!)).ToDictionary(name => name.Key, name => contents.GetValueOrDefault(name.Value, [])), folders);

        bool HasParents(string folder) => folder == before.InitialFolders[0] || (folders.Contains(folder) && HasParents(Path.GetDirectoryName(folder)!));
    }

    private static byte[] Overwritten(byte[] content, long offset, ReadOnlySpan<byte> data)
    {
        var bytes = new byte[Math.Max(content.Length, offset + data.Length)];
        content.CopyTo(bytes, 0);
        data.CopyTo(bytes.AsSpan((int)offset));
        return bytes;
    }
}
