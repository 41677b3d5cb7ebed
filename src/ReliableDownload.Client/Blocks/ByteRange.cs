using System.Runtime.InteropServices;

namespace ReliableDownload.Client.Blocks;

/// <summary>Consecutive bytes of a file.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ByteRange(long Offset, long Length)
{
    public long End => Offset + Length;

    /// <summary>The same bytes as sorted ranges that neither touch nor overlap.</summary>
    public static List<ByteRange> Merge(IEnumerable<ByteRange> ranges)
    {
        var merged = new List<ByteRange>();
        foreach (var range in ranges.OrderBy(range => range.Offset))
        {
            if (merged.Count > 0 && range.Offset <= merged[^1].End)
                merged[^1] = merged[^1] with { Length = Math.Max(merged[^1].End, range.End) - merged[^1].Offset };
            else
                merged.Add(range);
        }

        return merged;
    }

    /// <summary>Sorted ranges that do not overlap, without the bytes of another.</summary>
    public static List<ByteRange> Without(IReadOnlyList<ByteRange> ranges, ByteRange taken)
    {
        var rest = new List<ByteRange>(ranges.Count + 1);
        foreach (var range in ranges)
        {
            if (range.Offset < taken.Offset)
                rest.Add(range with { Length = Math.Min(range.End, taken.Offset) - range.Offset });
            if (range.End > taken.End && Math.Max(range.Offset, taken.End) is var from)
                rest.Add(new ByteRange(from, range.End - from));
        }

        return rest;
    }
}
