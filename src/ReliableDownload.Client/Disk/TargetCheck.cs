using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Disk;

/// <summary>Compares a file that is there already with what the server says of it.</summary>
internal static class TargetCheck
{
    /// <summary>Whether each block of the file at <paramref name="path"/> is proven by its digest; ends with the first that is not.</summary>
    /// <param name="file">The metadata's first line.</param>
    /// <param name="lines">The lines behind it.</param>
    public static async Task<bool> IsProvenAsync(string path, StreamLine.File file, IAsyncEnumerator<StreamLine> lines)
    {
        using var target = new FoundRanges(path, ranges: null, isInPlace: true);
        if (new FileInfo(path).Length != file.Layout.FileSize)
            return false;
        var map = new BlockMap(file.Layout, file.Algorithm, _ => true);
        using var hash = new BlockHash(file.Algorithm);
        while (await lines.MoveNextAsync())
        {
            switch (lines.Current)
            {
                case StreamLine.Blocks blocks when !map.AddDigests(blocks.First, blocks.Digests) || !AreProven(blocks):
                    return false;
                case StreamLine.End:
                    return map.IsComplete;
                case StreamLine.Changed:
                    return false;
                default:
                    break;
            }
        }

        return false;

        bool AreProven(StreamLine.Blocks blocks)
        {
            for (var block = blocks.First; block < blocks.First + (blocks.Digests.Length / map.Algorithm.Size); block++)
            {
                // The classic form tells the same digests again and again.
                if (map.IsProven(block))
                    continue;
                if (!hash.Of(target, block, map.Layout.Offset(block), map.Layout.Length(block)).SequenceEqual(map.Digest(block)))
                    return false;
                map.Complete(block);
            }

            return true;
        }
    }
}
