using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Proof;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>
/// A file on a server that tells no digests: all that is known is what the heads of its answers say. What an earlier run fetched of the same
/// version is compared with the digests that it noted.
/// </summary>
internal sealed class PlainSource : IFileSource
{
    private readonly Discovery? _discovery;

    // A journal of so many blocks takes 100 MB; larger blocks than 16 MiB are not held in memory.
    private const int ManyBlocks = 1 << 20;
    private const int MaxBlockSize = 16 << 20;

    /// <param name="answer">What the server says of the file.</param>
    /// <param name="earlier">What an earlier run left.</param>
    /// <param name="whole">What the digest of the whole file has to be; null where nobody said, so that it is looked for.</param>
    /// <exception cref="ProtocolException">The file is too large.</exception>
    public PlainSource(Session session, FileAnswer answer, Journal.Content earlier, WholeDigest? whole)
    {
        var size = answer.Validator.Size ?? 0;
        var blockSize = BlockLayout.DefaultBlockSize;
        while (blockSize < MaxBlockSize && size / blockSize > ManyBlocks)
            blockSize *= 2;
        File = new StreamLine.File("", new BlockLayout(size, blockSize), NotedRange.Algorithm, Version: null, answer.Validator.Modified ?? default);
        (Validator, TakesRanges) = (answer.Validator, answer.TakesRanges);
        Noted = TakesRanges && earlier.Version is { } validator && validator.Size == Validator.Size && validator.NamesSame(Validator) == true ? earlier.Noted : NotedRanges.None;
        Lines = LinesOf(File.Layout, Noted).GetAsyncEnumerator(CancellationToken.None);
        _discovery = whole is null && session.Options.Discover ? new Discovery(session, answer) : null;
        Whole = _discovery?.Digest ?? Task.FromResult(whole);
    }

    public StreamLine.File File { get; }

    public Validator Validator { get; }

    public bool HasDigests => false;

    public string? ToldBy => null;

    public Task<WholeDigest?> Whole { get; }

    public DigestWish? Wish => _discovery?.Wish;

    Task<WholeDigest?>? IFileSource.Whole => Whole;

    public bool TakesRanges { get; }

    public NotedRanges Noted { get; }

    NotedRanges? IFileSource.Noted => Noted;

    public IAsyncEnumerator<StreamLine> Lines { get; }

    public ValueTask DisposeAsync()
    {
        _discovery?.Dispose();
        return Lines.DisposeAsync();
    }

#pragma warning disable CS1998 // They are all there; whoever reads them also reads those of a server.
    private static async IAsyncEnumerable<StreamLine> LinesOf(BlockLayout layout, NotedRanges noted)
    {
        for (var block = 0; block < layout.BlockCount; block++)
        {
            if (noted.DigestOf(layout.Offset(block), layout.Length(block)) is { } digest)
                yield return new StreamLine.Blocks(block, digest);
        }
    }
#pragma warning restore CS1998
}
