using ReliableDownload.Client.Blocks;
using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Metadata;
using ReliableDownload.Client.Proof;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client;

/// <summary>One download, from the first question to the finished file. Used once.</summary>
/// <remarks>
/// 1. Lock the folder of the unfinished download. 2. Choose the source of what is known of the file. 3. A target that is there is compared.
/// 4. Open the part file; what is on disk already is to be proven. 5. Fetch and prove until all is. 6. A file that changed on the
/// server: again from 2, keeping what its new digests prove. 7. Flush, rename, clean up.
/// </remarks>
internal sealed class Download(string target, Session session) : IDownload
{
    private const int MaxChanges = 5;

    private readonly DownloadOptions _options = session.Options;
    private readonly Placement _placement = new(target, session.Options.Overwrite);
    private volatile IFileSource? _source;
    private volatile IFileTransfer? _transfer;
    private long? _finalSize;
    private bool _isDistrustful;

    public string Target => target;

    public DownloadPhase Phase { get; private set; }

    /// <summary>The file's size in bytes; -1 while it is not known.</summary>
    public long Size => _finalSize ?? _source?.Validator.Size ?? -1;

    public long BytesDone => _transfer?.BytesDone ?? 0;

    /// <summary>The algorithm of the digests that prove the blocks; null where there are none.</summary>
    public DigestAlgorithm? Proof => _source is { HasDigests: true } source ? source.File.Algorithm : null;

    /// <summary>Who else than the file's own server told those digests; null where nobody did.</summary>
    public string? ToldBy => _source?.ToldBy;

    /// <summary>The digest of the whole file, where it was calculated.</summary>
    public Checksum? Checksum { get; private set; }

    /// <summary>What the digest of the whole file has to be, and who says so; null where nobody does, or it is not yet known.</summary>
    public WholeDigest? Whole { get; private set; }

    /// <summary>Whether the target was there already.</summary>
    public bool WasThere { get; private set; }

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
        if (FileStatus.IsRegular(target) && await CompareTargetAsync(folder, cancellationToken) is var outcome and not DownloadOutcome.TargetExists)
        {
            WasThere = true;
            _placement.FlushTarget();
            if (!_options.KeepBlocks)
                CleanUp(folder, new BlockFiles(BlockFolders(folder), _source!.File.Layout));
            return outcome;
        }

        for (var changes = 0; changes <= MaxChanges; changes++)
        {
            try
            {
                if (await TransferAsync(folder, isFirst: changes == 0, cancellationToken))
                    return Proof is null && Whole is null ? DownloadOutcome.Unproven : DownloadOutcome.Complete;
                session.DoubtsCaches = true;
                _options.Tell("the file changed on the server; what is the same in the new one is kept");
            }
            catch (Exception error) when (!session.AreDigestsAskedAgain && error is ProtocolException or DownloadFailedException { Outcome: DownloadOutcome.NotProven, IsFinal: false })
            {
                // A digest may have come wrong as any other byte, or be that of an older file, where the server tells no version.
                session.AreDigestsAskedAgain = true;
                _options.Tell($"{error.Message}; the digests are asked for again");
                _isDistrustful = true;
            }
        }

        throw new DownloadFailedException(DownloadOutcome.KeptChanging, $"the file changed {MaxChanges + 1} times during the download; try again when it is finished");
    }

    private async Task<DownloadOutcome> CompareTargetAsync(DownloadFolder folder, CancellationToken cancellationToken)
    {
        var outcome = await CompareTargetOnceAsync(folder, cancellationToken);
        if (outcome != DownloadOutcome.TargetExists || _options.Overwrite)
            return outcome;
        // Before a right file is called wrong the digests are asked for again: one may have come wrong.
        if (Proof is not null && await CompareTargetOnceAsync(folder, cancellationToken) is var again and not DownloadOutcome.TargetExists)
            return again;
        throw new DownloadFailedException(DownloadOutcome.TargetExists, Checksum is { } its
            ? $"'{target}' exists, and has {Whole!.Instead(its)}; use --force to replace it"
            : Proof is not null || Whole is not null
            ? $"'{target}' exists with other content than the server's file; use --force to replace it"
            : $"'{target}' exists, and nothing proves that it is the server's file; use --force to replace it");
    }

    private async Task<DownloadOutcome> CompareTargetOnceAsync(DownloadFolder folder, CancellationToken cancellationToken)
    {
        await using var source = _source = await NewSources(folder, Journal.Content.None).ChooseAsync(null, mustFit: false, cancellationToken);
        await RequiredProof.CheckAsync(_options, source, cancellationToken);
        Phase = DownloadPhase.Fetching;
        source.Wish?.Withdraw();
        (var outcome, Checksum) = await TargetCheck.CompareAsync(target, source, cancellationToken);
        Whole = source.Whole is { IsCompletedSuccessfully: true } whole ? await whole : null;
        // To fetch it would bring the same.
        return outcome != DownloadOutcome.NotProven ? outcome : throw new DownloadFailedException(
            outcome, $"'{target}' is the server's file, but has {Whole!.Instead(Checksum!)}: the server's file or the checksum is another one")
        { IsFinal = true };
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
        var path = session.Place.Given.AbsolutePath;
        var name = path[(path.LastIndexOf('/') + 1)..];
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

    /// <returns>False when the file changed on the server in the middle.</returns>
    private async Task<bool> TransferAsync(DownloadFolder folder, bool isFirst, CancellationToken cancellationToken)
    {
        Phase = DownloadPhase.Asking;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Where something is there already, the file's beginning may not be missing.
        using var headStart = File.Exists(folder.JournalPath) || File.Exists(target) ? null : HeadStart.Begin(session, stop.Token);
        var earlier = Journal.Read(folder.JournalPath);
        await using var source = _source = await NewSources(folder, earlier).ChooseAsync(headStart, mustFit: !isFirst, stop.Token);
        await RequiredProof.CheckAsync(_options, source, cancellationToken);
        // Another mirror had to be asked than the one that it was begun with.
        var begun = headStart?.Mirror == session.Mirrors.Main ? headStart : null;

        Phase = DownloadPhase.Fetching;
        session.Counters.BeginVersion();
        var size = source.File.Layout.FileSize;
        // What comes in one pass is never continued: it goes to the target's own file system.
        var isBeside = (_options.RollingCombine || !source.TakesRanges) && _placement.IsOnOtherFileSystem(folder.ProbePath);
        var (partPath, otherPath) = isBeside ? (_placement.PartPath, folder.DataPath) : (folder.DataPath, _placement.PartPath);
        var blockFiles = new BlockFiles(BlockFolders(folder), source.File.Layout);
        using var found = new FoundPlaces(source.File.Layout, partPath, earlier.Ranges, [.. new[] { otherPath, target, _options.Resembling }.OfType<string>()], blockFiles, source.Noted);
        using var hash = source.Whole is { } whole ? new WholeFileHash(whole) : null;
        var released = isBeside ? 0 : blockFiles.BytesToRelease;
        BlockMap? map;
        using (var part = DiskFailure.Guard(partPath, () => new PartFile(partPath, size, size - found.BytesInPlace(), released, startOver: !source.TakesRanges)))
        using (var journal = DiskFailure.Guard(
            folder.JournalPath, () => Journal.Begin(folder.JournalPath, target, source.HasDigests ? null : source.Validator, found.RangesInPlace)))
        {
            var sink = new PartSink(part, journal, hash, found, isDoubtful: !source.HasDigests, session.Counters);
            var transfer = _transfer = source.TakesRanges ? new BlockTransfer(source, sink, session, begun) : new OnePass(source, sink, session, begun);
            if (await transfer.RunAsync(stop) is not { } length)
                return false;
            Phase = DownloadPhase.Finishing;
            _finalSize = length;
            if (hash is not null && !await CheckWholeAsync(new WholeCheck(source, hash, session), transfer, part, journal, length, cancellationToken))
                return false;
            map = _transfer.Map;
            DiskFailure.Guard(partPath, part.Flush);
            // Moved while it is locked.
            if ((_options.KeepBlocks && map is not null) || !_placement.TryMove(partPath))
                _placement.Copy(partPath, map!, cancellationToken);
            SetTime(source);
        }

        if (!_options.KeepBlocks || map is null)
        {
            CleanUp(folder, blockFiles);
            return true;
        }

        DiskFailure.Tolerate(blockFiles.Delete, _options.Tell);
        DiskFailure.Tolerate(() => File.Delete(otherPath), _options.Tell);
        if (source.HasDigests)
            DiskFailure.Tolerate(() => KeptManifest.Save(folder.ManifestPath, source.File, map), _options.Tell);
        return true;
    }

    private async Task<bool> CheckWholeAsync(
        WholeCheck check, IFileTransfer transfer, PartFile part, Journal journal, long size, CancellationToken cancellationToken)
    {
        try
        {
            return await check.RunAsync(transfer, part, journal, size, repair => (_transfer, Phase) = (repair, DownloadPhase.Fetching), cancellationToken);
        }
        finally
        {
            (Phase, Checksum, Whole) = (DownloadPhase.Finishing, check.Checksum, check.Wanted);
        }
    }

    private void SetTime(IFileSource source)
    {
        if (_options.KeepServerTime && source.File.Modified > DateTimeOffset.UnixEpoch)
            DiskFailure.Tolerate(() => File.SetLastWriteTimeUtc(target, source.File.Modified.UtcDateTime), _options.Tell);
    }

    private FileSources NewSources(DownloadFolder folder, Journal.Content earlier) => new(session, folder.ManifestPath, earlier, _isDistrustful);
}
