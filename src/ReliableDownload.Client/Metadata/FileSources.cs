using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Network;
using ReliableDownload.Client.Proof;
using ReliableDownload.Client.Proof.Metalinks;
using ReliableDownload.Client.Transfers;

namespace ReliableDownload.Client.Metadata;

/// <summary>
/// Chooses where the description of a file and its digests come from: below <c>/rd/</c> of the host, where the file's own server says, below
/// <c>/rd/</c> behind a prefix of the path, or from nowhere.
/// </summary>
/// <param name="manifestPath">The metadata of kept blocks, for when the server cannot be reached; it need not exist.</param>
/// <param name="earlier">What an earlier run left.</param>
/// <param name="isDistrustful">Whether the server is asked to calculate digests anew.</param>
internal sealed class FileSources(Session session, string manifestPath, Journal.Content earlier, bool isDistrustful)
{
    private const int MaxMisfits = 3;

    // What the user says.
    private WholeDigest? _whole = session.Options.Checksum is { } checksum ? new WholeDigest(checksum, Source: null) : null;
    private readonly bool _hasManifest = File.Exists(manifestPath);

    // A Metalink counts whoever tells the digests of blocks: they may be those of another file than the one that it means.
    private WholeDigest? Whole => _whole ?? session.Description?.Whole;

    /// <param name="headStart">The question for the file's beginning, where it is asked already.</param>
    /// <param name="mustFit">Whether the file's own server has to confirm the size that the digests are of.</param>
    /// <exception cref="DownloadFailedException">There is no such file, or it cannot be reached.</exception>
    public async Task<IFileSource> ChooseAsync(HeadStart? headStart, bool mustFit, CancellationToken cancellationToken)
    {
        // One that a server sent instead of the file does not replace what the user says.
        var given = session.Options.Description is null ? null : session.Description;
        if (session.Options.Proof is { } named)
        {
            var (whole, its) = await ReadProofAsync(named, cancellationToken);
            (session.Description, given) = (its ?? session.Description, its ?? given);
            session.Mirrors.Add(its?.File.Urls ?? []);
            _whole = Agreed(_whole, whole);
        }

        if (_whole is not null)
            _whole = Agreed(_whole, given?.Whole);

        // A Metalink with pieces says all that is needed, unless the only server sends no parts of the file.
        if (session.Description is { } description && !await SendsNoPartsAsync(headStart, cancellationToken) && await description.OpenAsync(null, _whole, cancellationToken) is { } source)
            return source;
        try
        {
            return await ChooseFromServerAsync(headStart, mustFit, cancellationToken);
        }
        catch (DownloadFailedException failure) when (failure.Outcome == DownloadOutcome.Network && _hasManifest)
        {
            session.Options.Tell($"{failure.Message}; making the file from the kept blocks");
            var kept = File.OpenRead(manifestPath);
            return await DigestSource.OpenAsync(KeptManifest.ReadAsync(kept, cancellationToken), kept, Whole, toldBy: null, cancellationToken);
        }
    }

    /// <summary>The better one of two that the user gave.</summary>
    private static WholeDigest? Agreed(WholeDigest? one, WholeDigest? other) =>
        one is null || other is null || one.Checksum.Algorithm != other.Checksum.Algorithm || one.Checksum == other.Checksum ? WholeDigest.Better(one, other)
        : throw new DownloadFailedException(
            DownloadOutcome.NotProven,
            $"by {one.Source ?? "the given checksum"} the file has {one.Checksum.DisplayName} {one.Checksum.Hex}, and by {other.Source} {other.Checksum.Hex}; nothing was fetched")
        { IsFinal = true };

    private async Task<(WholeDigest? Whole, Description? Description)> ReadProofAsync(Uri named, CancellationToken cancellationToken)
    {
        try
        {
            return await NamedProof.ReadAsync(session, Uri.UnescapeDataString(session.Place.Given.AbsolutePath), named, cancellationToken);
        }
        catch (DownloadFailedException nothing) when (nothing.Outcome == DownloadOutcome.Unproven)
        {
            throw new DownloadFailedException(DownloadOutcome.NotProven, $"{nothing.Message}; nothing was fetched") { IsFinal = true };
        }
    }

    private async Task<bool> SendsNoPartsAsync(HeadStart? headStart, CancellationToken cancellationToken) =>
        headStart is not null && session.Mirrors.Count == 1 && SendsNoParts(await headStart.Answer.WaitAsync(cancellationToken));

    private static bool SendsNoParts(FileAnswer answer) => answer is { Failure: null, TakesRanges: false };

    private async Task<IFileSource> ChooseFromServerAsync(HeadStart? headStart, bool mustFit, CancellationToken cancellationToken)
    {
        var misfits = 0;
        for (var failures = 1; ; failures++)
        {
            // An earlier run found no digests: then the file is asked for at once.
            using var question = headStart is null && (failures > 1 || mustFit || earlier.Version is not null) ? HeadStart.ForHead(session, cancellationToken) : null;
            var choice = await TryMirrorAsync(headStart ?? question, mustFit, cancellationToken);
            if (choice.Source is { } source)
                return source;
            headStart = null;
            var failure = choice.Failure!;
            if (_hasManifest && failure.Outcome == DownloadOutcome.Network)
                throw new DownloadFailedException(failure.Outcome, failure.Message);
            if (session.Mirrors.MoveOn(ref failure))
                continue;
            session.DoubtsCaches |= choice.IsMisfit;
            if (choice.IsMisfit && ++misfits == MaxMisfits)
                failure = failure with { IsTemporary = false };
            session.Counters.AddRetry();
            await Task.Delay(session.DelayAfter(failure, failures), session.Clock, cancellationToken);
        }
    }

    private readonly record struct Choice(IFileSource? Source, AttemptFailure? Failure = null, bool IsMisfit = false);

    // Where there are others, a mirror that cannot be reached is not waited for.
    private async Task<Choice> TryMirrorAsync(HeadStart? headStart, bool mustFit, CancellationToken cancellationToken)
    {
        try
        {
            return await AgreedAsync(await TryChooseAsync(headStart, mustFit, cancellationToken), cancellationToken);
        }
        catch (DownloadFailedException failure) when (session.Mirrors.Count > 1 && failure.Outcome is DownloadOutcome.Network or DownloadOutcome.Tls)
        {
            return new Choice(null, new AttemptFailure(failure.Outcome, failure.Outcome == DownloadOutcome.Network, failure.Message));
        }
    }

    // What the user's Metalink says goes before what a server tells: its size, and its pieces, which could not be used before the size was known.
    private async Task<Choice> AgreedAsync(Choice choice, CancellationToken cancellationToken)
    {
        if (choice.Source is not { } source || session.Description is not { } description)
            return choice;
        var size = source.Validator.Size;
        Choice? other = !description.Fits(size) ? Contradicted(description, size)
            : source is { HasDigests: true, ToldBy: null } && await description.OpenAsync(size, _whole, cancellationToken) is { } pieces ? new Choice(pieces)
            : null;
        if (other is not null)
            await source.DisposeAsync();
        return other ?? choice;
    }

    private static Choice Contradicted(Description description, long? size) =>
        new(null, new AttemptFailure(DownloadOutcome.NotProven, false, $"the server's file has {size} bytes, but the Metalink says {description.SizeText}: one of them is of another version"));

    private async Task<Choice> TryChooseAsync(HeadStart? headStart, bool mustFit, CancellationToken cancellationToken)
    {
        var root = MetadataPlace.AtRoot(session.Place.Given);
        var source = await TryAtRootAsync(root, headStart, cancellationToken);
        if (source is not null && !mustFit && headStart is not { Answer.IsCompleted: true })
            return new Choice(source);
        using var question = headStart is null ? HeadStart.ForHead(session, cancellationToken) : null;
        var answer = await (headStart ?? question)!.Answer.WaitAsync(cancellationToken);
        // A server that cannot send the beginning just now may have the rest.
        if (source is not null && !answer.IsMetalink && (answer.Failure is not null || Fits(source, answer)))
            return Chosen(source, answer);
        if (source is null && answer.Failure is { } failure)
            return new Choice(null, failure);

        var misfit = source;
        if (misfit is not null)
            await misfit.DisposeAsync();
        // Both at the same time, as most of the time nothing is there.
        var metalink = DescribeAsync(answer, cancellationToken);
        source = await TryElsewhereAsync(answer, cancellationToken);
        if (source is not null && Fits(source, answer))
            return Chosen(source, answer);
        if (source is not null)
            await source.DisposeAsync();
        var description = await metalink;
        if (answer.IsMetalink)
            return await FollowAsync(description, cancellationToken);
        // A wrong piece could not be fetched by itself.
        var isInOnePass = SendsNoParts(answer);
        if (isInOnePass && description is { Whole: null, File.Pieces: not null })
            session.Options.Tell("the server sends no parts of the file, so the Metalink's pieces are of no use, and it says nothing of the whole");
        if (description is not null && !isInOnePass && await description.OpenAsync(answer.Validator.Size, _whole, cancellationToken) is { } described)
            return Chosen(described, answer, description.File.Urls);
        if (session.Description is { } given && !given.Fits(answer.Validator.Size))
            return Contradicted(given, answer.Validator.Size);

        misfit = source ?? misfit;
        if (misfit is not null)
        {
            var message = $"the digests are those of a file of {misfit.File.Layout.FileSize} bytes, but the server's file has {answer.Validator.Size}";
            return new Choice(null, new AttemptFailure(DownloadOutcome.Protocol, true, message), IsMisfit: true);
        }

        if (answer is { TakesRanges: true, Validator: { Tag: null, Modified: null } })
            session.Options.Tell("the server names no version of the file: a change during the download would not be noticed, and an interrupted download starts again");
        var whole = _whole ?? (description?.Fits(answer.Validator.Size) == true ? description.Whole : null);
        return Chosen(new PlainSource(session, answer, earlier, whole), answer);
    }

    // Mirrors that somebody names bring wrong bytes only for as long as nothing proves the right ones.
    private Choice Chosen(IFileSource source, FileAnswer answer, IEnumerable<Uri>? others = null)
    {
        if (source.HasDigests || (source.Whole is { IsCompletedSuccessfully: true } whole && whole.GetAwaiter().GetResult() is { Checksum.IsWeak: false }))
            session.Mirrors.Add([.. others ?? [], .. answer.Duplicates]);
        return new Choice(source);
    }

    // What is at the URL is not the file, but says where it is.
    private async Task<Choice> FollowAsync(Description? description, CancellationToken cancellationToken)
    {
        if (session.Description is not null || description is not { File.Urls: { Count: > 0 } urls })
            return new Choice(null, new AttemptFailure(DownloadOutcome.Protocol, false, "the server sent a Metalink instead of the file, and it names no place by http or https where the file is"));
        session.Description = description;
        session.Mirrors.Replace(urls);
        return await description.OpenAsync(null, _whole, cancellationToken) is { } source
            ? new Choice(source)
            : await TryChooseAsync(null, mustFit: false, cancellationToken);
    }

    // Nobody is asked for a guess where strong proof is known already.
    private async Task<Description?> DescribeAsync(FileAnswer answer, CancellationToken cancellationToken)
    {
        var isGuessWanted = _whole is null && answer is { Digests: null, Whole: null or { Checksum.IsWeak: true } };
        return session.Description is null && (answer.IsMetalink || (session.Options.Discover && (answer.Metalink is not null || isGuessWanted)))
            ? await MetalinkSearch.FindAsync(session, answer, cancellationToken)
            : session.Description;
    }

    /// <summary>Asks below the host's root, unless the file's own server names another place first.</summary>
    private async Task<IFileSource?> TryAtRootAsync(MetadataPlace root, HeadStart? headStart, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asked = TryOpenAsync(root, cancellationToken, over.Token);
        if (headStart is null || await Task.WhenAny(asked, headStart.Answer) == asked || DigestsElsewhere(root, await headStart.Answer) is null)
            return await asked;
        await over.CancelAsync();
        try
        {
            return await asked;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (DownloadFailedException)
        {
            return null;
        }
    }

    private async Task<IFileSource?> TryElsewhereAsync(FileAnswer answer, CancellationToken cancellationToken)
    {
        // Where it is below the host's root, too, it is no longer a guess that is soon given up.
        if (answer.Digests is { } told)
            return await TryOpenAsync(MetadataPlace.Told(told, answer.Url), cancellationToken);
        // Side by side: most of the time nothing is there, and the file waits for that.
        var asked = MetadataPlace.Guesses(answer.Url, session.Place.Given).Select(place => TryGuessAsync(place, cancellationToken)).ToList();
        IFileSource? found = null;
        foreach (var source in await Task.WhenAll(asked))
        {
            if (found is null && source is not null && Fits(source, answer))
                found = source;
            else if (source is not null)
                await source.DisposeAsync();
        }

        return found;
    }

    private static Uri? DigestsElsewhere(MetadataPlace root, FileAnswer answer) =>
        answer.Digests is { } told && MetadataPlace.Told(told, answer.Url).Url.AbsoluteUri != WithoutUserInfo(root.Url) ? told : null;

    private static string WithoutUserInfo(Uri url) => new UriBuilder(url) { UserName = "", Password = "" }.Uri.AbsoluteUri;

    private static bool Fits(IFileSource source, FileAnswer answer) => answer.Validator.Size is not { } size || size == source.File.Layout.FileSize;

    private async Task<IFileSource?> TryGuessAsync(MetadataPlace place, CancellationToken cancellationToken)
    {
        try
        {
            return await TryOpenAsync(place, cancellationToken);
        }
        catch (DownloadFailedException)
        {
            // The file itself can be had.
            return null;
        }
    }

    /// <returns>Null where this is no rd-api, or it does not know the file.</returns>
    private async Task<IFileSource?> TryOpenAsync(MetadataPlace place, CancellationToken cancellationToken, CancellationToken untilOpen = default)
    {
        var manifest = new ManifestSource(place, session, isFileOptional: _hasManifest || place.MaxRefusals == 1, isDistrustful);
        try
        {
            return await DigestSource.OpenAsync(manifest.ReadAsync(untilOpen), manifest, Whole, toldBy: null, cancellationToken);
        }
        catch (DownloadFailedException failure) when (manifest.IsRefused)
        {
            var told = $"no digests at {place.Url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)}: {failure.Message}";
            if (place.IsTold)
                session.Options.Tell($"{told}, where the file's server says that they are");
            else if (failure.Outcome == DownloadOutcome.Network)
                session.Options.Tell($"{told}; the file itself is there");
            else
                session.Options.TellDetail(told);
            return null;
        }
    }
}
