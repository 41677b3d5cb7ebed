using Microsoft.Net.Http.Headers;

namespace ReliableDownload.Api.Files;

/// <summary>Decides which bytes answer a request for several ranges. Such a request must never cost more than one for the whole file (RFC 9110, 17.15).</summary>
internal static class ByteRanges
{
    /// <summary>
    /// The ranges that can be satisfied, in the requested order, with overlapping and adjacent ones joined. Empty if none can be
    /// satisfied; null if the whole file is the better answer: too many ranges, or together longer than the file.
    /// </summary>
    public static IReadOnlyList<ByteRange>? Choose(ICollection<RangeItemHeaderValue> asked, long size)
    {
        if (asked.Count > Limits.Ranges)
            return null;
        var ranges = new List<ByteRange>(asked.Count);
        var left = size;
        foreach (var item in asked)
        {
            if (ByteRange.Of(item, size) is not { } range)
                continue;
            left -= range.Count;
            if (left < 0 || range.Count == 0)
                return null;
            ranges.Add(range);
        }

        return Join(ranges);
    }

    private static List<ByteRange> Join(List<ByteRange> ranges)
    {
        var joined = new List<(ByteRange Range, int Place)>(ranges.Count);
        foreach (var (place, range) in ranges.Index().OrderBy(item => item.Item.Offset))
        {
            if (joined is [.., var before] && range.Offset <= before.Range.Last + 1)
            {
                var last = Math.Max(before.Range.Last, range.Last);
                joined[^1] = (before.Range with { Count = last - before.Range.Offset + 1 }, Math.Min(before.Place, place));
            }
            else
            {
                joined.Add((range, place));
            }
        }

        return [.. joined.OrderBy(item => item.Place).Select(item => item.Range)];
    }
}
