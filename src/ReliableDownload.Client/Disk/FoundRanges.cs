using Microsoft.Win32.SafeHandles;
using ReliableDownload.Client.Blocks;

namespace ReliableDownload.Client.Disk;

/// <summary>Ranges of a file that lie there at the offset they have in the finished one: an older part file, or an existing target.</summary>
internal sealed class FoundRanges : IFoundBlocks
{
    private readonly SafeFileHandle _handle;
    private readonly List<ByteRange> _ranges;

    /// <param name="path">An existing file.</param>
    /// <param name="ranges">Where the bytes may be; null for everywhere.</param>
    public FoundRanges(string path, IEnumerable<ByteRange>? ranges, bool isInPlace)
    {
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(_handle);
        _ranges = ranges is null
            ? [new ByteRange(0, length)]
            : ByteRange.Merge(ranges.Where(range => range.Offset < length).Select(range => range with { Length = Math.Min(range.Length, length - range.Offset) }));
        IsInPlace = isInPlace;
    }

    public bool IsInPlace { get; }

    /// <summary>Where the bytes may be, within the file's length.</summary>
    public IReadOnlyList<ByteRange> Ranges => _ranges;

    public bool Has(int block, long offset, int length)
    {
        var index = LastFrom(offset);
        return index >= 0 && offset + length <= _ranges[index].End;
    }

    /// <summary>The ranges that lie within so many bytes from <paramref name="offset"/> on.</summary>
    public IEnumerable<ByteRange> Within(long offset, int length)
    {
        for (var index = Math.Max(0, LastFrom(offset)); index < _ranges.Count && _ranges[index].Offset < offset + length; index++)
        {
            var from = Math.Max(offset, _ranges[index].Offset);
            var end = Math.Min(offset + length, _ranges[index].End);
            if (from < end)
                yield return new ByteRange(from, end - from);
        }
    }

    public bool TryRead(int block, long offset, Span<byte> data)
    {
        var read = 0;
        while (read < data.Length)
        {
            var count = RandomAccess.Read(_handle, data[read..], offset + read);
            if (count == 0)
                return false;
            read += count;
        }

        return true;
    }

    public void Release(int block, Action flush)
    {
        // The file goes as a whole at the end, or is the target.
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>The last range that begins at or before <paramref name="offset"/>; -1 where there is none.</summary>
    private int LastFrom(long offset)
    {
        var index = _ranges.BinarySearch(new ByteRange(offset, 0), Comparer<ByteRange>.Create((a, b) => a.Offset.CompareTo(b.Offset)));
        return index < 0 ? ~index - 1 : index;
    }
}
