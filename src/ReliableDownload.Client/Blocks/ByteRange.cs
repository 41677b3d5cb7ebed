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
}
