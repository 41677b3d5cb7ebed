using System.Collections;
using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Disk;

/// <summary>Compares each block of a file on disk with its digest, on all processors.</summary>
internal static class BlockComparison
{
    /// <param name="endsWithFirst">Whether one range that differs is enough to know.</param>
    /// <returns>The ranges that differ; null where the digests are not all told, or the file changes on the server.</returns>
    public static async Task<List<ByteRange>?> DifferencesAsync(string path, IFileSource source, bool endsWithFirst, CancellationToken cancellationToken)
    {
        var (layout, algorithm) = (source.File.Layout, source.File.Algorithm);
        using var file = new FoundRanges(path, ranges: null, isInPlace: true);
        var map = new BlockMap(layout, algorithm, _ => true);
        var isCompared = new BitArray(layout.BlockCount);
        var wrong = new List<ByteRange>();
        while (await source.Lines.MoveNextAsync())
        {
            switch (source.Lines.Current)
            {
                case StreamLine.Blocks line when !map.AddDigests(line.First, line.Digests):
                case StreamLine.Changed:
                    return null;
                case StreamLine.Blocks line:
                    // The classic form tells the same digests again and again.
                    var fresh = Enumerable.Range(line.First, line.Digests.Length / algorithm.Size).Where(block => !isCompared[block]).ToList();
                    Compare(fresh);
                    if (endsWithFirst && wrong.Count > 0)
                        return wrong;
                    fresh.ForEach(block => isCompared[block] = true);
                    break;
                case StreamLine.End:
                    return isCompared.HasAllSet() ? ByteRange.Merge(wrong) : null;
                default:
                    break;
            }
        }

        return null;

        void Compare(List<int> blocks) => Parallel.ForEach(
            blocks,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => new BlockHash(algorithm),
            (block, loop, hash) =>
            {
                var range = new ByteRange(layout.Offset(block), layout.Length(block));
                if (!hash.Of(file, block, range.Offset, (int)range.Length).SequenceEqual(map.Digest(block)))
                {
                    lock (wrong)
                        wrong.Add(range);
                    if (endsWithFirst)
                        loop.Stop();
                }

                return hash;
            },
            hash => hash.Dispose());
    }
}
