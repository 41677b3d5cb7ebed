using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Disk;

/// <summary>A range of a part file and, where no server tells digests, the digest of the bytes that came.</summary>
internal readonly record struct NotedRange(ByteRange Range, byte[]? Digest)
{
    /// <summary>What such digests are: they have to find torn bytes, not to stop anybody who could write the journal as well.</summary>
    public const DigestAlgorithm Algorithm = DigestAlgorithm.XxHash128;
}

/// <summary>What a journal noted of the bytes that came from a server without digests: so torn and changed bytes on disk are found.</summary>
internal sealed class NotedRanges
{
    private readonly List<NotedRange> _sorted;

    /// <param name="ranges">In the order in which they came; of two that begin at the same byte the later one counts.</param>
    public NotedRanges(IEnumerable<NotedRange> ranges)
    {
        var last = new Dictionary<long, NotedRange>();
        foreach (var range in ranges)
        {
            if (range.Digest is not null)
                last[range.Range.Offset] = range;
        }

        _sorted = [.. last.Values.OrderBy(range => range.Range.Offset)];
    }

    public static NotedRanges None { get; } = new([]);

    public IReadOnlyList<NotedRange> All => _sorted;

    /// <summary>The digest of exactly these bytes; null where it was not noted.</summary>
    public byte[]? DigestOf(long offset, long length) =>
        FirstFrom(offset) is var index && index < _sorted.Count && _sorted[index].Range == new ByteRange(offset, length) ? _sorted[index].Digest : null;

    /// <summary>The ranges that lie within so many bytes from <paramref name="offset"/> on, and do not overlap.</summary>
    public IEnumerable<NotedRange> Within(long offset, long length)
    {
        var end = offset;
        for (var index = FirstFrom(offset); index < _sorted.Count && _sorted[index].Range.Offset < offset + length; index++)
        {
            var range = _sorted[index].Range;
            if (range.Offset < end || range.End > offset + length)
                continue;
            end = range.End;
            yield return _sorted[index];
        }
    }

    private int FirstFrom(long offset)
    {
        var (low, high) = (0, _sorted.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_sorted[middle].Range.Offset < offset)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
