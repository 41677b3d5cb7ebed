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
        var buffer = new byte[file.Layout.BlockSize];
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
                var data = buffer.AsSpan(0, map.Layout.Length(block));
                // The classic form tells the same digests again and again.
                if (map.IsProven(block))
                    continue;
                if (!target.TryRead(block, map.Layout.Offset(block), data) || !map.Proves(block, data))
                    return false;
                map.Complete(block);
            }

            return true;
        }
    }
}
