using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Proof;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>A file that is to be fetched once more, since it is not what it should be: what each block is compared with is what came first.</summary>
internal sealed class SecondLook(IFileSource source, BlockMap came) : IFileSource
{
    public StreamLine.File File => source.File;

    public Validator Validator => source.Validator;

    public bool HasDigests => true;

    public BlockVotes? Votes { get; } = new();

    public string? ToldBy => null;

    public Task<WholeDigest?>? Whole => source.Whole;

    public bool TakesRanges => true;

    public NotedRanges? Noted => null;

    public IAsyncEnumerator<StreamLine> Lines { get; } = LinesOf(came).GetAsyncEnumerator(CancellationToken.None);

    public ValueTask DisposeAsync() => Lines.DisposeAsync();

#pragma warning disable CS1998 // They are all there; whoever reads them also reads those of a server.
    private static async IAsyncEnumerable<StreamLine> LinesOf(BlockMap came)
    {
        for (var first = 0; first < came.Layout.BlockCount; first += Wire.MaxDigestsPerLine)
            yield return new StreamLine.Blocks(first, came.Digests(first, Math.Min(Wire.MaxDigestsPerLine, came.Layout.BlockCount - first)));
    }
#pragma warning restore CS1998
}
