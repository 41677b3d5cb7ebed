using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Client.Transfers;

/// <summary>Fetches a file in blocks, by ranges over as many connections as do good; what is there already is proven side by side.</summary>
/// <param name="headStart">What was begun before; null where nothing was.</param>
internal sealed class BlockTransfer(IFileSource source, IFileSink sink, Session session, HeadStart? headStart) : IFileTransfer
{
    private const int Writers = 2;

    // Bytes. Near a server a request costs nothing, and what comes in such pieces comes nearly in order.
    private const long NearPiece = 4 << 20;

    private readonly BlockMap _map = new(source.File.Layout, source.File.Algorithm, sink.MayHave, source.HasDigests, source.Votes, WindowOf(source, sink, session));

    public long BytesDone => _map.ProvenBytes;

    public BlockMap Map => _map;

    public async Task<long?> RunAsync(CancellationTokenSource stop)
    {
        // Replicas may lag; without digests of blocks nothing would find out which of them has what.
        if (source is { HasDigests: true, Votes: null })
            session.Mirrors.AddAddresses();
        var layout = _map.Layout;
        var scheduler = new Scheduler(_map, open => session.Counters.AddKept(sink.Load(open)), _map.HasWindow && sink.WindowOf(layout) is null ? NearPiece : long.MaxValue);
        using var transfer = new Transfer(_map, scheduler, sink, stop);
        using var waiting = transfer.Ended.Register(session.Line.Wake);
        var tuner = new ConnectionTuner(session.Options.Connections, session.Address.RoundTrip, session.Options.RateLimit, session.Mirrors.Count);
        var routes = new Routes(source, session, transfer, scheduler);
        var wantsDigests = sink.WantsDigests || source.HasDigests;
        var hashing = ReceivedProver.MaxHashing(_map.Algorithm);
        // The one that begins the connections counts as another.
        var whole = new WholeBlocks(
            connections: 1, hashing, wantsDigests ? MultiBufferHash.MaxLanes(_map.Algorithm) : 1, OpenBlocks.Enough(layout.BlockSize) - sink.KeptBlocks(layout), () => session.Counters.Receiving > 0, session.Clock);
        using var connections = new FetchLoops(i => new FetchLoop(i, transfer, scheduler, _map, whole, routes, session, tuner, headStart), transfer, whole);
        Action[] loops =
        [
            () => connections.Run(tuner, scheduler, session),
            // More than hash, since the others write; with four writers it was not faster than with two (measured).
            .. Enumerable.Range(0, hashing + Writers).Select(_ => (Action)new ReceivedProver(transfer, scheduler, _map, whole, session, wantsDigests).Run),
            .. sink.Loops(transfer, scheduler, _map),
        ];
        return await transfer.RunAsync(source.Lines, loops) ? layout.FileSize : null;
    }

    // The hash of the whole file is slower than a fast line, and would have to read most blocks back from the disk: on a busy machine that took longer than keeping
    // the connections near it. No window where a connection would have to wait for it, or for a slow mirror.
    private static int? WindowOf(IFileSource source, IFileSink sink, Session session) =>
        sink.WindowOf(source.File.Layout) is { } window ? window
        : sink.KeptBlocks(source.File.Layout) is > 0 and var kept && kept >= (session.Options.Connections ?? DownloadOptions.MaxAutomaticConnections)
            && session.Mirrors.Count == 1 && session.Address.RoundTrip < ConnectionTuner.Near ? kept
        : null;
}
