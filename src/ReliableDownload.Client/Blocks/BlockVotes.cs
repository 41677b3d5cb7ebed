using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Blocks;

/// <summary>
/// The blocks of a file that came whole, but wrong somewhere, while each is fetched once more: what came twice the same is right. Not safe for threads: its
/// owner locks.
/// </summary>
internal sealed class BlockVotes
{
    private const int MaxShown = 8;

    private readonly Dictionary<int, List<byte[]>> _digests = [];

    /// <summary>Whether the same bytes came before, when the block was fetched again; if not, they are remembered.</summary>
    /// <param name="digest">Another one than that of what is on disk.</param>
    public bool CameBefore(int block, ReadOnlySpan<byte> digest)
    {
        if (!_digests.TryGetValue(block, out var came))
            _digests[block] = came = [];
        foreach (var other in came)
        {
            if (digest.SequenceEqual(other))
                return true;
        }

        came.Add(digest.ToArray());
        return false;
    }

    /// <summary>The blocks that did not come the same each time.</summary>
    public IEnumerable<int> Blocks => _digests.Keys;

    /// <summary>The ranges of blocks, for a person.</summary>
    public static string RangesOf(IEnumerable<int> blocks, BlockLayout layout)
    {
        var ranges = ByteRange.Merge([.. blocks.Select(block => new ByteRange(layout.Offset(block), layout.Length(block)))]);
        var text = string.Join(", ", ranges.Take(MaxShown).Select(range => $"{range.Offset}-{range.End - 1}"));
        return ranges.Count > MaxShown ? $"{text} and {ranges.Count - MaxShown} more" : text;
    }
}
