using Microsoft.Net.Http.Headers;

namespace ReliableDownload.Api.Files;

/// <summary>Consecutive bytes of a file.</summary>
/// <param name="Offset">Of the first one.</param>
/// <param name="Count">How many; 0 only for the suffix of an empty file.</param>
internal readonly record struct ByteRange(long Offset, long Count)
{
    /// <summary>The last byte, inclusive.</summary>
    public long Last => Offset + Count - 1;

    /// <summary>The bytes that a requested range (RFC 9110, 14.1.2) selects in a file of <paramref name="size"/> bytes; null if it cannot be satisfied.</summary>
    public static ByteRange? Of(RangeItemHeaderValue asked, long size)
    {
        if (asked.From is { } first)
            return first < size ? new ByteRange(first, Math.Min(asked.To ?? long.MaxValue, size - 1) - first + 1) : null;
        var suffix = Math.Min(asked.To!.Value, size);
        return asked.To == 0 ? null : new ByteRange(size - suffix, suffix);
    }
}
