using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Proof.Metalinks;

/// <summary>The digests of a file's pieces, as a Metalink tells them; to the rest of the library pieces are blocks.</summary>
/// <param name="Length">The length of each piece but the last, in bytes.</param>
/// <param name="Digests">One behind the other.</param>
internal sealed record PieceDigests(DigestAlgorithm Algorithm, int Length, ReadOnlyMemory<byte> Digests)
{
    private const int DigestsPerLine = 4096;

    /// <summary>How many there are.</summary>
    public int Count => Digests.Length / Algorithm.Size;

    /// <summary>Whether a file of that size has so many.</summary>
    public bool Fit(long size) => (size + Length - 1) / Length == Count;

    /// <summary>How the file is divided; null where there are more or fewer pieces than a file of that size has.</summary>
    public BlockLayout? LayoutOf(long size) =>
        Fit(size) && Count <= BlockLayout.MaxBlockCount ? new BlockLayout(size, Length) : null;

    /// <summary>The same as an rd-api would tell it.</summary>
#pragma warning disable CS1998 // They are all there; whoever reads them also reads those of a server.
    public async IAsyncEnumerable<StreamLine> Lines(string name, BlockLayout layout)
    {
        yield return new StreamLine.File(name, layout, Algorithm, Version: null, default);
        var table = new DigestTable(Algorithm, layout.BlockCount);
        for (var first = 0; first < layout.BlockCount; first += DigestsPerLine)
        {
            var count = Math.Min(DigestsPerLine, layout.BlockCount - first);
            var digests = Digests.Slice(first * Algorithm.Size, count * Algorithm.Size).ToArray();
            table.SetRun(first, digests);
            yield return new StreamLine.Blocks(first, digests);
        }

        yield return new StreamLine.End(table.Root());
    }
#pragma warning restore CS1998
}
