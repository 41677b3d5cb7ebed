using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Disk;

/// <summary>Compares each block of a file on disk with its digest, on all processors.</summary>
internal static class BlockComparison
{
    /// <returns>The ranges that differ; null where the digests are not all told, or the file changes on the server.</returns>
    public static async Task<List<ByteRange>?> DifferencesAsync(string path, IFileSource source, CancellationToken cancellationToken)
    {
        var (layout, algorithm) = (source.File.Layout, source.File.Algorithm);
        using var file = new FoundRanges(path, ranges: null, isInPlace: true);
        var map = new BlockMap(layout, algorithm, _ => true);
        var compared = new HashSet<int>();
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
                    var fresh = Enumerable.Range(line.First, line.Digests.Length / algorithm.Size).Where(compared.Add).ToList();
                    Compare(fresh);
                    break;
                case StreamLine.End:
                    return compared.Count == layout.BlockCount ? ByteRange.Merge(wrong) : null;
                default:
                    break;
            }
        }

        return null;

        void Compare(List<int> blocks) => Parallel.ForEach(
            blocks,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => new BlockHash(algorithm),
            (block, _, hash) =>
            {
                var range = new ByteRange(layout.Offset(block), layout.Length(block));
                if (!hash.Of(file, block, range.Offset, (int)range.Length).SequenceEqual(map.Digest(block)))
                {
                    lock (wrong)
                        wrong.Add(range);
                }

                return hash;
            },
            hash => hash.Dispose());
    }
}
