using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Client;

/// <summary>One download, from the first question to the finished file. Used once.</summary>
/// <remarks>
/// 1. Lock the folder of the unfinished download. 2. Ask the server what the file is. 3. A target that is there is compared.
/// 4. Open the part file; what is on disk already is to be proven. 5. Fetch and prove until all is. 6. A file that changed on the
/// server: again from 2, keeping what its new digests prove. 7. Flush, rename, clean up.
/// </remarks>
internal sealed class Download(Uri url, string target, Session session)
{
    private const int MaxChanges = 5;

    // Proving what was found competes with fetching; more threads than this only make the disk seek.
    private const int MaxFoundProvers = 2;

    private const int Writers = 2;

    private readonly DownloadOptions _options = session.Options;
    private readonly Placement _placement = new(target, session.Options.Overwrite);
    private volatile BlockMap? _map;
    private bool _isDistrustful;

    /// <summary>The file's first line of metadata, once it is known.</summary>
    public StreamLine.File? FileLine { get; private set; }

    public DownloadPhase Phase { get; private set; }

    public long BytesProven => _map?.ProvenBytes ?? 0;

    /// <exception cref="DownloadFailedException">It failed in an expected way.</exception>
    public async Task<DownloadOutcome> RunAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(target) || Path.EndsInDirectorySeparator(target))
            throw new DownloadFailedException(DownloadOutcome.LocalFile, $"'{target}' is a folder; choose another place for the file");
        if (FileStatus.IsSpecial(target))
            throw new DownloadFailedException(DownloadOutcome.LocalFile, $"'{target}' is a pipe, a socket or a device, not a file; choose another place");
        DiskFailure.CheckFolder(Path.GetDirectoryName(target)!);
        DiskFailure.CheckFolder(Path.GetFullPath(_options.TemporaryDirectory));
        _placement.MakeFolder();
        using var folder = DiskFailure.Guard(_options.TemporaryDirectory, () => DownloadFolder.Open(_options.TemporaryDirectory, target))
            ?? throw new DownloadFailedException(DownloadOutcome.InUse, $"another rd is downloading '{target}'; wait for it, or stop it");
        CheckTarget();
        if (FileStatus.IsRegular(target) && await IsTargetRightAsync(folder, cancellationToken))
        {
            _placement.FlushTarget();
            if (!_options.KeepBlocks)
                CleanUp(folder, new BlockFiles(BlockFolders(folder), FileLine!.Layout));
            return DownloadOutcome.AlreadyComplete;
        }

        for (var changes = 0; changes <= MaxChanges; changes++)
        {
            try
            {
                if (await TransferAsync(folder, cancellationToken))
                    return DownloadOutcome.Complete;
                _options.Tell("the file changed on the server; what is the same in the new one is kept");
            }
            catch (Exception error) when (!session.AreDigestsAskedAgain && error is ProtocolException or DownloadFailedException { Outcome: DownloadOutcome.NotProven })
            {
                // A digest may have come wrong as any other byte, or be that of an older file, where the server tells no version.
                session.AreDigestsAskedAgain = true;
                _options.Tell($"{error.Message}; the digests are asked for again");
                _isDistrustful = true;
            }
        }

        throw new DownloadFailedException(DownloadOutcome.KeptChanging, $"the file changed {MaxChanges + 1} times during the download; try again when it is finished");
    }

    private async Task<bool> IsTargetRightAsync(DownloadFolder folder, CancellationToken cancellationToken)
    {
        if (await IsTargetProvenAsync(folder, cancellationToken))
            return true;
        if (_options.Overwrite)
            return false;
        // Before a right file is called wrong the digests are asked for again: one may have come wrong.
        return await IsTargetProvenAsync(folder, cancellationToken) ? true : throw new DownloadFailedException(
            DownloadOutcome.TargetExists, $"'{target}' exists with other content than the server's file; use --force to replace it");
    }

    private void CheckTarget()
    {
        // The download's own folder can be in the target's place, by whatever path.
        if (Directory.Exists(target))
            throw new DownloadFailedException(DownloadOutcome.LocalFile, $"'{target}' is a folder, maybe the one for unfinished downloads; choose another temp or output folder");
        if (!_options.Overwrite && FileStatus.IsBrokenLink(target))
            throw new DownloadFailedException(DownloadOutcome.TargetExists, $"'{target}' is a link that leads nowhere; use --force to replace it");
    }

    // rd 1.x named its folder after the URL as it is, percent-encoding included.
    private IEnumerable<string> BlockFolders(DownloadFolder folder)
    {
        yield return folder.Path;
        var name = url.AbsolutePath[(url.AbsolutePath.LastIndexOf('/') + 1)..];
        var encoded = Path.Combine(Path.GetDirectoryName(folder.Path)!, name);
        if (name.Contains('%') && encoded != folder.Path && !File.Exists(Path.Combine(encoded, "journal")) && !File.Exists(Path.Combine(encoded, "lock")))
            yield return encoded;
    }

    // The target is complete: what cannot be removed now is no reason to say otherwise.
    private void CleanUp(DownloadFolder folder, BlockFiles blockFiles)
    {
        DiskFailure.Tolerate(blockFiles.Delete, _options.Tell);
        DiskFailure.Tolerate(() => File.Delete(_placement.PartPath), _options.Tell);
        DiskFailure.Tolerate(folder.Delete, _options.Tell);
    }

    private async Task<bool> IsTargetProvenAsync(DownloadFolder folder, CancellationToken cancellationToken)
    {
        using var source = NewSource(folder);
        await using var lines = await OpenManifestAsync(source, folder, cancellationToken);
        FileLine = (StreamLine.File)lines.Current;
        Phase = DownloadPhase.Fetching;
        return await TargetCheck.IsProvenAsync(target, FileLine, lines);
    }

    /// <returns>False when the file changed on the server in the middle.</returns>
    private async Task<bool> TransferAsync(DownloadFolder folder, CancellationToken cancellationToken)
    {
        Phase = DownloadPhase.Asking;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Where something is there already, the file's beginning may not be missing.
        using var headStart = File.Exists(folder.JournalPath) || File.Exists(target) ? null : new HeadStart(url, session, stop.Token);
        using var source = NewSource(folder);
        await using var lines = await OpenManifestAsync(source, folder, stop.Token);
        var file = FileLine = (StreamLine.File)lines.Current;

        Phase = DownloadPhase.Fetching;
        var partPath = _options.RollingCombine && _placement.IsOnOtherFileSystem(folder.ProbePath) ? _placement.PartPath : folder.DataPath;
        var otherPath = partPath == folder.DataPath ? _placement.PartPath : folder.DataPath;
        var ranges = Journal.Read(folder.JournalPath).Ranges;
        var blockFiles = new BlockFiles(BlockFolders(folder), file.Layout);
        using var found = new FoundPlaces(file.Layout, partPath, ranges, [otherPath, target], blockFiles);
        var map = _map = new BlockMap(file.Layout, file.Algorithm, found.Has);
        var released = partPath == folder.DataPath ? blockFiles.BytesToRelease : 0;
        using (var part = DiskFailure.Guard(partPath, () => new PartFile(partPath, file.Layout.FileSize, file.Layout.FileSize - found.BytesInPlace(), released)))
        using (var journal = DiskFailure.Guard(folder.JournalPath, () => Journal.Begin(folder.JournalPath, target, found.RangesInPlace)))
        {
            var scheduler = new Scheduler(map, open => session.Counters.AddKept(found.Load(open)));
            using var transfer = new Transfer(map, scheduler, part, journal, stop);
            using var waiting = transfer.Ended.Register(session.Line.Wake);
            var tuner = new ConnectionTuner(_options.Connections, session.Address.RoundTrip);
            var fetch = new RangeFetch(url, file.Layout, file.Version, session.Clock);
            var hashing = ReceivedProver.MaxHashing(file.Algorithm);
            // The one that begins the connections counts as another.
            var whole = new WholeBlocks(
                connections: 1, hashing, MultiBufferHash.MaxLanes(file.Algorithm), OpenBlocks.Enough(file.Layout.BlockSize), () => session.Counters.Receiving > 0, session.Clock);
            using var connections = new FetchLoops(i => new FetchLoop(i, transfer, scheduler, map, whole, fetch, session, tuner, headStart), transfer, whole);
            Action[] loops =
            [
                () => connections.Run(tuner, scheduler, session),
                // More than hash, since the others write; with four writers it was not faster than with two (measured).
                .. Enumerable.Range(0, hashing + Writers).Select(_ => (Action)new ReceivedProver(transfer, scheduler, map, whole, session).Run),
                .. Enumerable.Range(0, map.HasFound ? MaxFoundProvers : 0).Select(_ => (Action)new FoundProver(transfer, scheduler, map, found.All, session.Counters).Run),
            ];
            var isComplete = await transfer.RunAsync(lines, loops);
            if (!isComplete)
                return false;
            Phase = DownloadPhase.Finishing;
            DiskFailure.Guard(partPath, part.Flush);
            // Moved while it is locked.
            if (_options.KeepBlocks || !_placement.TryMove(partPath))
                _placement.Copy(partPath, map, cancellationToken);
        }

        if (!_options.KeepBlocks)
        {
            CleanUp(folder, blockFiles);
            return true;
        }

        DiskFailure.Tolerate(blockFiles.Delete, _options.Tell);
        DiskFailure.Tolerate(() => File.Delete(otherPath), _options.Tell);
        DiskFailure.Tolerate(() => KeptManifest.Save(folder.ManifestPath, file, map), _options.Tell);
        return true;
    }

    private ManifestSource NewSource(DownloadFolder folder) => new(url, session, isFileOptional: File.Exists(folder.ManifestPath), _isDistrustful);

    /// <summary>The metadata's lines, the first one read: the server's, or where it cannot be reached those of kept blocks.</summary>
    private async Task<IAsyncEnumerator<StreamLine>> OpenManifestAsync(ManifestSource source, DownloadFolder folder, CancellationToken cancellationToken)
    {
        var lines = source.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            await lines.MoveNextAsync();
        }
        catch (DownloadFailedException failure) when (failure.Outcome == DownloadOutcome.Network && File.Exists(folder.ManifestPath))
        {
            _options.Tell($"{failure.Message}; making the file from the kept blocks");
            await lines.DisposeAsync();
            lines = KeptManifest.ReadAsync(folder.ManifestPath, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await lines.MoveNextAsync();
        }

        return lines.Current is StreamLine.File
            ? lines
            : throw new DownloadFailedException(DownloadOutcome.Protocol, "the metadata does not begin with the file");
    }
}
