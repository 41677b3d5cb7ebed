using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Proof;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client;

/// <summary>One download into a stream, from the first question to the last byte. Used once.</summary>
/// <remarks>
/// There is no folder, lock or target. What was written cannot be taken back: another version goes on where its first blocks are the same, and a digest of the
/// whole file that does not fit is told after the fact.
/// </remarks>
internal sealed class StreamDownload(Stream output, Session session) : IDownload
{
    private const int MaxChanges = 5;

    private volatile IFileSource? _source;
    private volatile IFileTransfer? _transfer;
    private volatile Func<bool> _isWriting = static () => false;
    private long? _finalSize;

    public string Target => "";

    public DownloadPhase Phase { get; private set; }

    public long Size => _finalSize ?? _source?.Validator.Size ?? -1;

    public long BytesDone => _transfer?.BytesDone ?? 0;

    public bool IsWriting => _isWriting();

    public DigestAlgorithm? Proof => _source is { HasDigests: true } source ? source.File.Algorithm : null;

    public string? ToldBy => _source?.ToldBy;

    public Checksum? Checksum { get; private set; }

    public WholeDigest? Whole { get; private set; }

    public bool WasThere => false;

    public async Task<DownloadOutcome> RunAsync(CancellationToken cancellationToken)
    {
        using var sink = new OrderedSink(output, cancellationToken);
        _isWriting = () => sink.IsWriting;
        for (var changes = 0; changes <= MaxChanges; changes++)
        {
            try
            {
                if (await TransferAsync(sink, isFirst: changes == 0, cancellationToken))
                    return Proof is null && Whole is null ? DownloadOutcome.Unproven : DownloadOutcome.Complete;
                session.DoubtsCaches = true;
                session.Options.Tell("the file changed on the server");
            }
            catch (Exception error) when (!session.AreDigestsAskedAgain && error is ProtocolException or DownloadFailedException { Outcome: DownloadOutcome.NotProven, IsFinal: false })
            {
                session.AreDigestsAskedAgain = true;
                session.Options.Tell($"{error.Message}; the digests are asked for again");
            }
        }

        throw new DownloadFailedException(DownloadOutcome.KeptChanging, $"the file changed {MaxChanges + 1} times during the download; try again when it is finished");
    }

    private async Task<bool> TransferAsync(OrderedSink sink, bool isFirst, CancellationToken cancellationToken)
    {
        Phase = DownloadPhase.Asking;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var headStart = isFirst ? HeadStart.Begin(session, stop.Token) : null;
        var sources = new FileSources(session, manifestPath: "", Journal.Content.None, isDistrustful: session.AreDigestsAskedAgain);
        await using var source = _source = await sources.ChooseAsync(headStart, mustFit: !isFirst, stop.Token);
        await RequiredProof.CheckAsync(session.Options, source, cancellationToken);
        // Another mirror had to be asked than the one that it was begun with.
        var begun = headStart?.Mirror == session.Mirrors.Main ? headStart : null;

        Phase = DownloadPhase.Fetching;
        sink.Begin(source);
        var transfer = _transfer = source.TakesRanges ? new BlockTransfer(source, sink, session, begun) : new OnePass(source, sink, session, begun);
        var run = transfer.RunAsync(stop);
        // One pass reads and writes on one thread, which nothing interrupts while nobody reads what it writes.
        if (await (source.TakesRanges ? run : run.WaitAsync(cancellationToken)) is not { } length)
            return false;
        Phase = DownloadPhase.Finishing;
        _finalSize = length;
        Whole = source.Whole is { } whole ? await whole.WaitAsync(cancellationToken) : null;
        Checksum = sink.Digest();
        if (Whole is not null && Checksum != Whole.Checksum)
            throw new DownloadFailedException(DownloadOutcome.NotProven, $"what was written has {Whole.Instead(Checksum!)}; do not use it") { IsFinal = true };
        return true;
    }
}
