using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Proof;

namespace ReliableDownload.Client.Transfers;

/// <summary>
/// Compares the digest of the whole file with what it has to be. If it does not fit, nobody knows which bytes are wrong: the file is fetched once
/// more, past all caches, what comes the same again is right, and of what does not that which comes twice.
/// </summary>
internal sealed class WholeCheck(IFileSource source, WholeFileHash hash, Session session)
{
    // Who has more mirrors than these that disagree has other trouble.
    private const int MaxPasses = 4;

    // How often a file that comes in one pass is fetched in all: nobody knows which of its bytes are wrong.
    private const int MaxOnePasses = 3;

    /// <summary>What the digest of the whole file is.</summary>
    public Checksum? Checksum { get; private set; }

    /// <summary>What it has to be; null where nobody knows.</summary>
    public WholeDigest? Wanted { get; private set; }

    /// <param name="transfer">What brought the file.</param>
    /// <param name="onRepair">Told of the transfer that fetches once more.</param>
    /// <returns>False when the file changed on the server meanwhile.</returns>
    /// <exception cref="DownloadFailedException">The file is not what it should be.</exception>
    public async Task<bool> RunAsync(IFileTransfer transfer, PartFile part, Journal journal, long size, Action<IFileTransfer> onRepair, CancellationToken cancellationToken)
    {
        if (await FitsAsync(part, size, cancellationToken))
            return true;
        // It may have been read wrong.
        part.DropCached();
        if (await FitsAsync(part, size, cancellationToken))
            return true;
        if (source.HasDigests)
            throw NotProven(part, "");
        if (transfer.Map is not { } came)
            return await RepeatAsync(part, journal, onRepair, cancellationToken);

        session.Options.Tell($"the file does not have the {Checksum!.DisplayName} that {Teller} says; it is fetched again to find out which bytes are wrong");
        var doubted = new SortedSet<int>();
        part.Doubt();
        // Each mirror by itself: one with other bytes would be confirmed by itself where it is asked twice for the same block.
        foreach (var mirror in session.Mirrors.Givers.Take(MaxPasses))
        {
            if (await FetchAgainAsync(mirror, came, part, journal, doubted, onRepair, cancellationToken) is not { } again)
                return false;
            if (await FitsAsync(part, size, cancellationToken))
                return true;
            came = again;
        }

        throw NotProven(part, doubted.Count > 0
            ? $"; it was fetched again, and suspicious are the bytes that came differently: {BlockVotes.RangesOf(doubted, came.Layout)}"
            : SameAgain);
    }

    private string SameAgain => $"; it came twice with the same bytes, so the server's file is another one{(Wanted!.Source is null ? "" : " (--no-discover takes it as it is)")}";

    /// <summary>Fetches a file that comes in one pass as a whole again: over another connection and past caches it may come right.</summary>
    /// <returns>False when the file changed on the server meanwhile.</returns>
    private async Task<bool> RepeatAsync(PartFile part, Journal journal, Action<IFileTransfer> onRepair, CancellationToken cancellationToken)
    {
        for (var passes = 1; passes < MaxOnePasses; passes++)
        {
            var before = Checksum;
            session.Options.Tell($"the file does not have the {before!.DisplayName} that {Teller} says; it is fetched again");
            part.Doubt();
            using var found = new FoundPlaces(source.File.Layout, part.Path, [], [], new BlockFiles([], source.File.Layout), noted: null);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var again = new OnePass(source, new PartSink(part, journal, hash, found, isDoubtful: true, session.Counters), session, headStart: null) { IsAgain = true };
            onRepair(again);
            if (await again.RunAsync(stop) is not { } size)
                return false;
            if (await FitsAsync(part, size, cancellationToken))
                return true;
            if (Checksum == before)
                throw NotProven(part, SameAgain);
        }

        throw NotProven(part, $"; it came differently each of {MaxOnePasses} times");
    }

    /// <returns>What came; null where the file changed on the server.</returns>
    private async Task<BlockMap?> FetchAgainAsync(
        Mirror mirror, BlockMap came, PartFile part, Journal journal, SortedSet<int> doubted, Action<IFileTransfer> onRepair, CancellationToken cancellationToken)
    {
        await using var again = new SecondLook(source, came);
        using var found = new FoundPlaces(came.Layout, part.Path, [], [], new BlockFiles([], came.Layout), noted: null);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var repair = new BlockTransfer(again, new PartSink(part, journal, hash, found, isDoubtful: true, session.Counters), session, headStart: null);
        onRepair(repair);
        session.Mirrors.UseOnly(mirror);
        try
        {
            var isComplete = await repair.RunAsync(stop) is not null;
            doubted.UnionWith(again.Votes!.Blocks);
            return isComplete ? repair.Map : null;
        }
        finally
        {
            session.Mirrors.UseOnly(null);
        }
    }

    private string Teller => Wanted?.Source ?? "the given checksum";

    private async Task<bool> FitsAsync(PartFile part, long size, CancellationToken cancellationToken)
    {
        Checksum = await hash.FinishAsync(part, size, cancellationToken);
        Wanted = await source.Whole!;
        return Wanted is null || Checksum == Wanted.Checksum;
    }

    private DownloadFailedException NotProven(PartFile part, string found) => new(
        DownloadOutcome.NotProven,
        $"the file has {Wanted!.Instead(Checksum!)}{found}; what came is kept in '{part.Path}'")
    { IsFinal = true };
}
