using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Client.Transfers;

/// <summary>Fetches a file in blocks, by ranges over as many connections as do good; what was found on disk is proven side by side.</summary>
/// <param name="headStart">What was begun before; null where nothing was.</param>
internal sealed class BlockTransfer(IFileSource source, FoundPlaces found, Session session, HeadStart? headStart) : IFileTransfer
{
    // Proving what was found competes with fetching; more threads than this only make the disk seek.
    private const int MaxFoundProvers = 2;

    private const int Writers = 2;

    private readonly BlockMap _map = new(source.File.Layout, source.File.Algorithm, found.Has, source.HasDigests, source.Votes);

    public long BytesDone => _map.ProvenBytes;

    public BlockMap Map => _map;

    public async Task<long?> RunAsync(PartFile part, Journal journal, WholeFileHash? hash, CancellationTokenSource stop)
    {
        var layout = _map.Layout;
        var scheduler = new Scheduler(_map, open => session.Counters.AddKept(found.Load(open)));
        using var transfer = new Transfer(_map, scheduler, part, journal, stop);
        using var waiting = transfer.Ended.Register(session.Line.Wake);
        var tuner = new ConnectionTuner(session.Options.Connections, session.Address.RoundTrip, session.Options.RateLimit, session.Mirrors.Count);
        var routes = new Routes(source, session, transfer, scheduler);
        var hashing = ReceivedProver.MaxHashing(_map.Algorithm);
        // The one that begins the connections counts as another.
        var whole = new WholeBlocks(
            connections: 1, hashing, MultiBufferHash.MaxLanes(_map.Algorithm), OpenBlocks.Enough(layout.BlockSize), () => session.Counters.Receiving > 0, session.Clock);
        using var connections = new FetchLoops(i => new FetchLoop(i, transfer, scheduler, _map, whole, routes, session, tuner, headStart), transfer, whole);
        Action[] loops =
        [
            () => connections.Run(tuner, scheduler, session),
            // More than hash, since the others write; with four writers it was not faster than with two (measured).
            .. Enumerable.Range(0, hashing + Writers).Select(_ => (Action)new ReceivedProver(transfer, scheduler, _map, whole, session).Run),
            .. Enumerable.Range(0, _map.HasFound ? MaxFoundProvers : 0).Select(_ => (Action)new FoundProver(transfer, scheduler, _map, found.All, session.Counters).Run),
            .. hash is null ? Array.Empty<Action>() : [() => hash.Follow(scheduler, layout, part)],
        ];
        return await transfer.RunAsync(source.Lines, loops) ? layout.FileSize : null;
    }
}
