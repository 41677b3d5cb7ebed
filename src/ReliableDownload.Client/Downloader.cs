using ReliableDownload.Client.Disk;
using ReliableDownload.Client.Proof;
using ReliableDownload.Client.Proof.Metalinks;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Client.Trees;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client;

/// <summary>Downloads files from any HTTP server, and proves every byte where there are digests. Holds no state between downloads; safe for threads.</summary>
public sealed class Downloader
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    private readonly DownloadOptions _options;
    private readonly TimeProvider _clock = TimeProvider.System;

    /// <exception cref="ArgumentException">An option is out of its range, or two contradict each other.</exception>
    public Downloader(DownloadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>Downloads <paramref name="url"/> to the file <paramref name="target"/>. Expected failures are outcomes, never exceptions.</summary>
    /// <param name="url">An absolute http or https URL of a file; a user name and password in it are sent as basic authentication.</param>
    /// <param name="target">The path of the file to make.</param>
    /// <param name="progress">Told where the download stands, several times a second and at the end.</param>
    /// <param name="cancellationToken">Ends the download with <see cref="DownloadOutcome.Canceled"/>; what was fetched is kept.</param>
    public async Task<DownloadResult> DownloadAsync(
        Uri url, string target, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckUrl(url);
        ArgumentException.ThrowIfNullOrEmpty(target);
        target = Path.GetFullPath(target);
        var session = new Session(url, _options, _clock);
        return await RunAsync(new Download(target, session), session, progress, cancellationToken);
    }

    /// <summary>
    /// Downloads <paramref name="url"/> into a stream: proven bytes, in order, as soon as they are proven. Some 52 MiB are held in memory and nothing on disk, so that the
    /// file may be larger than both. Nothing can be taken back: if the file changes on the server or turns out to have another checksum, the outcome says so.
    /// </summary>
    /// <param name="output">Is only written to, a block or less at a time, and not closed. After a cancellation one write may still be going on.</param>
    /// <inheritdoc cref="DownloadAsync(Uri, string, IProgress{DownloadProgress}, CancellationToken)"/>
    public async Task<DownloadResult> DownloadAsync(
        Uri url, Stream output, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckUrl(url);
        ArgumentNullException.ThrowIfNull(output);
        var session = new Session(url, _options, _clock);
        return await RunAsync(new StreamDownload(output, session), session, progress, cancellationToken);
    }

    /// <summary>Downloads <paramref name="url"/> to a file that is chosen when the server has been asked what it calls the file.</summary>
    /// <param name="chooseTarget">
    /// The path of the file to make, given the name that the server suggests (Content-Disposition; null for none); or a sentence on why there is none. The name has no
    /// separators, is neither hidden nor reserved, and may be created in any folder.
    /// </param>
    /// <inheritdoc cref="DownloadAsync(Uri, string, IProgress{DownloadProgress}, CancellationToken)"/>
    public async Task<DownloadResult> DownloadAsync(
        Uri url, Func<string?, (string? Path, string? Problem)> chooseTarget, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckUrl(url);
        ArgumentNullException.ThrowIfNull(chooseTarget);
        var session = new Session(url, _options, _clock);
        return await RunAsync(new NamedDownload(chooseTarget, session), session, progress, cancellationToken);
    }

    /// <summary>
    /// Downloads all that is below a folder of an rd-api: every file is proven, what is there already with the same size and time is kept, and the same call goes on after
    /// an interruption. Expected failures are outcomes, never exceptions.
    /// </summary>
    /// <param name="url">An absolute http or https URL of a folder, with its final slash.</param>
    /// <param name="folder">The folder that gets what is in it; made where it is missing. Nothing outside of it is written, whatever the server says.</param>
    /// <param name="tree">How; null for the defaults.</param>
    /// <param name="progress">Told where the download stands, several times a second and at the end.</param>
    /// <param name="cancellationToken">Ends the download with <see cref="DownloadOutcome.Canceled"/>; what was fetched is kept.</param>
    public async Task<TreeResult> DownloadTreeAsync(
        Uri url, string folder, TreeOptions? tree = null, IProgress<TreeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckUrl(url);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!url.AbsolutePath.EndsWith('/'))
            throw new ArgumentException("the URL of a folder ends with a slash", nameof(url));
        folder = Path.GetFullPath(folder);
        tree ??= new TreeOptions();
        tree.Validate();
        var session = new Session(url, _options, _clock);
        var download = new TreeDownload(url, folder, tree, session);
        var started = _clock.GetTimestamp();
        using var limit = new TimeLimit(_options.MaxTime, _clock, cancellationToken);
        var (outcome, message) = (DownloadOutcome.Complete, "");
        await using (_clock.CreateTimer(_ => progress?.Report(download.Progress), null, ProgressInterval, ProgressInterval))
        {
            try
            {
                await download.RunAsync(limit.Token);
            }
            catch (Exception error) when (Explain(error, folder, limit.IsOver, session, cancellationToken) is { } failure)
            {
                (outcome, message) = failure;
            }
        }

        progress?.Report(download.Progress);
        return download.ResultOf(outcome, message) with { Elapsed = _clock.GetElapsedTime(started) };
    }

    private static void CheckUrl(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException("only absolute http and https URLs can be downloaded", nameof(url)); // It may hold a password, so it is not repeated.
    }

    private async Task<DownloadResult> RunAsync(
        IDownload download, Session session, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        var counters = session.Counters;
        using var limit = new TimeLimit(_options.MaxTime, _clock, cancellationToken);
        DownloadOutcome outcome;
        var message = "";
        await using (_clock.CreateTimer(_ => Report(), null, ProgressInterval, ProgressInterval))
        {
            try
            {
                outcome = await download.RunAsync(limit.Token);
            }
            catch (Exception error) when (Explain(error, download.Target, limit.IsOver, session, cancellationToken) is { } failure)
            {
                (outcome, message) = failure;
            }
        }

        Report();
        return new DownloadResult
        {
            Outcome = outcome,
            Message = message,
            Target = download.Target,
            Size = download.Size,
            BytesFetched = counters.BytesFetched,
            BytesKept = counters.BytesKept,
            Retries = counters.Retries,
            WrongBlocks = counters.WrongBlocks,
            Elapsed = _clock.GetElapsedTime(started),
            Algorithm = download.Proof ?? DigestAlgorithm.Sha256,
            HasDigests = download.Proof is not null,
            DigestSource = download.ToldBy,
            Checksum = download.Checksum,
            ChecksumSource = download.Whole?.Source,
            WasThere = download.WasThere,
        };

        void Report() => progress?.Report(new DownloadProgress(
            download.Phase, download.Size, download.BytesDone, counters.BytesKept, counters.BytesFetched, counters.Receiving, counters.Retries)
        { Trouble = session.Line.Trouble?.Message, Silence = session.Line.Silence, PendingBlock = session.PendingBlock, IsWriting = download.IsWriting });
    }

    /// <summary>Compares a file on disk with what proves it, without fetching it. Expected failures are outcomes, never exceptions.</summary>
    /// <param name="path">The file.</param>
    /// <param name="from">
    /// The file's URL, or a Metalink or a list of digests (by its name, such as <c>SHA256SUMS</c>) as a file, http or https URL; null for what is beside the file on disk.
    /// </param>
    public async Task<VerifyResult> VerifyAsync(string path, Uri? from = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Path.GetFullPath(path);
        using var limit = new TimeLimit(_options.MaxTime, _clock, cancellationToken);
        try
        {
            return await new Verification(path, _options, _clock).RunAsync(from, limit.Token);
        }
        catch (OperationCanceledException) when (limit.Token.IsCancellationRequested)
        {
            return cancellationToken.IsCancellationRequested
                ? new VerifyResult { Outcome = DownloadOutcome.Canceled, Message = "stopped" }
                : new VerifyResult { Outcome = DownloadOutcome.Network, Message = "not compared within the time that it may take (--max-time)" };
        }
        catch (Exception error) when (Explain(error, path, isLate: false, null, cancellationToken) is { } failure)
        {
            return new VerifyResult { Outcome = failure.Outcome, Message = failure.Message };
        }
    }

    /// <summary>Whether <see cref="VerifyAsync"/> takes what is there for a Metalink or a list of digests, which may be of several files, and not for the file itself.</summary>
    /// <param name="from">As for <see cref="VerifyAsync"/>.</param>
    public static bool IsProof(Uri from)
    {
        ArgumentNullException.ThrowIfNull(from);
        return Verification.IsProof(from);
    }

    /// <summary>Fetches a Metalink, as patiently as a file. Expected failures are outcomes, never exceptions.</summary>
    /// <param name="url">An absolute http or https URL.</param>
    public async Task<MetalinkResult> ReadMetalinkAsync(Uri url, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(url);
        using var limit = new TimeLimit(_options.MaxTime, _clock, cancellationToken);
        var session = new Session(url, _options, _clock);
        try
        {
            using var files = new SmallFile(session, isNamed: true);
            var metalink = await files.ReadAsync(url, (_, body, token) => MetalinkReader.ReadAsync(body, token)!, limit.Token);
            return metalink is not null
                ? new MetalinkResult { Outcome = DownloadOutcome.Complete, Metalink = metalink }
                : new MetalinkResult { Outcome = files.Failure!.Outcome, Message = files.Failure.Message };
        }
        catch (Exception error) when (Explain(error, "", limit.IsOver, session, cancellationToken) is { } failure)
        {
            return new MetalinkResult { Outcome = failure.Outcome, Message = failure.Message };
        }
    }

    private static string LateMessage(string target, Session? session) =>
        "not complete within the time that it may take (--max-time)"
        + (session?.Line.Trouble is { } trouble ? $"; at the end: {trouble.Message}" : "")
        + (target.Length > 0 ? "; what was fetched is kept, and the same command continues" : "");

    private static (DownloadOutcome Outcome, string Message)? Explain(
        Exception error, string target, bool isLate, Session? session, CancellationToken cancellationToken) => error switch
        {
            DownloadFailedException failed => (failed.Outcome, failed.Message),
            OperationCanceledException when cancellationToken.IsCancellationRequested => (DownloadOutcome.Canceled, "stopped; what was fetched is kept"),
            OperationCanceledException when isLate => (DownloadOutcome.Network, LateMessage(target, session)),
            ProtocolException => (DownloadOutcome.Protocol, error.Message),
            _ when DiskFailure.Is(error) && DiskFailure.Of(error, target) is { } disk => (disk.Outcome, disk.Message),
            _ => null,
        };
}
