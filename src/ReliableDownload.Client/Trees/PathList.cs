using System.Buffers.Binary;
using ReliableDownload.Client.Disk;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// Paths in the order in which they were added: a few in memory, more in a file that has no name and goes with the program. Not safe for threads.
/// </summary>
/// <param name="folder">Where that file is made.</param>
internal sealed class PathList(string folder) : IDisposable
{
    private const int MaxInMemory = 1 << 20; // bytes

    // Length of the path, and whether it is a folder.
    private const int HeadBytes = 4 + 1;

    private Stream _paths = new MemoryStream();

    public long Count { get; private set; }

    public void Add(TreePath path, bool isFolder) => DiskFailure.Guard(folder, () =>
    {
        if (_paths is MemoryStream memory && memory.Length > MaxInMemory)
        {
            _paths = NewFile();
            memory.WriteTo(_paths);
            memory.Dispose();
        }

        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteInt32LittleEndian(head, path.Bytes.Length);
        head[^1] = isFolder ? (byte)1 : (byte)0;
        _paths.Write(head);
        _paths.Write(path.Bytes);
        Count++;
    });

    /// <summary>All of them, once; nothing is added any more.</summary>
    public IEnumerable<(TreePath Path, bool IsFolder)> Read()
    {
        _paths.Position = 0;
        for (var left = Count; left > 0; left--)
            yield return DiskFailure.Guard(folder, Next);
    }

    public void Dispose() => _paths.Dispose();

    private (TreePath Path, bool IsFolder) Next()
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        _paths.ReadExactly(head);
        var path = new byte[BinaryPrimitives.ReadInt32LittleEndian(head)];
        _paths.ReadExactly(path);
        return (TreePath.In(null, path)!, head[^1] != 0);
    }

    private FileStream NewFile()
    {
        var path = Path.Combine(folder, Path.GetRandomFileName());
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 64 << 10);
        // So that a kill leaves nothing behind.
        File.Delete(path);
        return file;
    }
}
