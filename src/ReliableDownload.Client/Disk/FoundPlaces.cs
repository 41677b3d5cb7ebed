using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Disk;

/// <summary>All places where blocks of a download may lie already, the part file first.</summary>
internal sealed class FoundPlaces : IDisposable
{
    private readonly BlockLayout _layout;
    private readonly NotedRanges? _noted;
    private readonly List<IFoundBlocks> _places = [];

    /// <param name="part">The file that the download writes into.</param>
    /// <param name="ranges">What the journal says of it; null where there is nothing to believe, so that all of it is looked at.</param>
    /// <param name="others">Files that may hold blocks at their offset: a part file of another run, a target that is to be replaced.</param>
    /// <param name="noted">The digests of what can be proven; null where those of all blocks are told.</param>
    public FoundPlaces(
        BlockLayout layout, string part, IReadOnlyList<ByteRange>? ranges, IEnumerable<string> others, BlockFiles blockFiles, NotedRanges? noted)
    {
        (_layout, _noted) = (layout, noted);
        if (FileStatus.IsRegularItself(part))
            _places.Add(new FoundRanges(part, ranges, isInPlace: true));
        foreach (var path in others.Where(FileStatus.IsRegular))
        {
            if (TryOpen(path) is { } place)
                _places.Add(place);
        }

        _places.AddRange(blockFiles.Places);
    }

    public IReadOnlyList<IFoundBlocks> All => _places;

    /// <summary>What may be in the part file.</summary>
    public IEnumerable<NotedRange> RangesInPlace => _noted?.All ?? InPlace?.Ranges.Select(range => new NotedRange(range, null)) ?? [];

    private FoundRanges? InPlace => _places is [FoundRanges { IsInPlace: true } part, ..] ? part : null;

    /// <summary>Whether a block may be somewhere.</summary>
    public bool Has(int block) => (_noted is null || _noted.DigestOf(_layout.Offset(block), _layout.Length(block)) is not null) && _places.Exists(place => place.Has(block, _layout.Offset(block), _layout.Length(block)));

    /// <summary>Puts in what the journal says of a block that is not whole on disk. It is proven with the rest.</summary>
    /// <returns>How many bytes that are.</returns>
    public long Load(OpenBlock open)
    {
        if (InPlace is not { } part)
        {
            open.IsNoted = true;
            return 0;
        }

        var ranges = _noted is null ? part.Within(open.Start, open.Length).ToList() : AsNoted(part, open).ToList();
        var bytes = ranges.Sum(range => range.Length);
        if (bytes == open.Length || !ranges.TrueForAll(range => open.IsOnDisk || TryRead(part, open.Block, range.Offset, open.At(range.Offset)[..(int)range.Length])))
            return 0;
        open.Preset(ranges);
        return bytes;
    }

    /// <summary>Bytes of the blocks that may be in the part file, and need no more room.</summary>
    public long BytesInPlace()
    {
        var bytes = 0L;
        for (var block = 0; InPlace is { } part && block < _layout.BlockCount; block++)
            bytes += Has(block) && part.Has(block, _layout.Offset(block), _layout.Length(block)) ? _layout.Length(block) : 0;
        return bytes;
    }

    // Nothing else will prove these bytes.
    private IEnumerable<ByteRange> AsNoted(FoundRanges part, OpenBlock open)
    {
        var its = new byte[NotedRange.Algorithm.Size];
        foreach (var (range, digest) in _noted!.Within(open.Start, open.Length))
        {
            var bytes = new byte[range.Length];
            if (!TryRead(part, open.Block, range.Offset, bytes))
                continue;
            NotedRange.Algorithm.Hash(bytes, its);
            if (its.AsSpan().SequenceEqual(digest))
                yield return range;
        }
    }

    /// <summary>Reads from a place; what a disk cannot read any more is as good as not there, and is fetched.</summary>
    public static bool TryRead(IFoundBlocks place, int block, long offset, Span<byte> data)
    {
        try
        {
            return place.TryRead(block, offset, data);
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            return false;
        }
    }

    // A file that may not be read, as a target that may be replaced: there are other ways to its blocks.
    private static FoundRanges? TryOpen(string path)
    {
        try
        {
            return new FoundRanges(path, ranges: null, isInPlace: false);
        }
        catch (Exception error) when (DiskFailure.Is(error))
        {
            return null;
        }
    }

    public void Dispose() => _places.ForEach(place => place.Dispose());
}
