using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Proof;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client.Metadata;

/// <summary>A file whose blocks have digests: those that an rd-api tells, or those of kept blocks.</summary>
internal sealed class DigestSource : IFileSource
{
    private readonly IDisposable? _owner;

    private DigestSource(IAsyncEnumerator<StreamLine> lines, IDisposable? owner, StreamLine.File file)
    {
        (_owner, Lines, File) = (owner, lines, file);
        Validator = Validator.Of(file);
    }

    public StreamLine.File File { get; }

    public Validator Validator { get; }

    public bool HasDigests => true;

    public string? ToldBy { get; private init; }

    public Task<WholeDigest?>? Whole { get; private init; }

    public bool TakesRanges => true;

    public NotedRanges? Noted => null;

    public IAsyncEnumerator<StreamLine> Lines { get; }

    /// <summary>Reads the first line.</summary>
    /// <param name="owner">What the lines are read from; disposed of with the source, or here where it fails. Null where there is nothing to dispose of.</param>
    /// <param name="whole">What the digest of the whole file has to be besides; null where nobody said.</param>
    /// <param name="toldBy">Who else than the file's own server told the digests; null where it was that.</param>
    /// <exception cref="DownloadFailedException">The lines cannot be had, or do not begin with the file.</exception>
    public static async Task<DigestSource> OpenAsync(IAsyncEnumerable<StreamLine> lines, IDisposable? owner, WholeDigest? whole, string? toldBy, CancellationToken cancellationToken)
    {
        var read = lines.GetAsyncEnumerator(cancellationToken);
        try
        {
            return await read.MoveNextAsync() && read.Current is StreamLine.File file
                ? new DigestSource(read, owner, file) { ToldBy = toldBy, Whole = whole is null ? null : Task.FromResult<WholeDigest?>(whole) }
                : throw new DownloadFailedException(DownloadOutcome.Protocol, "the metadata does not begin with the file");
        }
        catch
        {
            await read.DisposeAsync();
            owner?.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Lines.DisposeAsync();
        _owner?.Dispose();
    }
}
