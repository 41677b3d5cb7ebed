using ReliableDownload.Client.Proof;
using ReliableDownload.Client.Transfers;
using ReliableDownload.Protocol;

namespace ReliableDownload.Client;

/// <summary>A download into a file whose name the server suggests: that is asked for first. Used once.</summary>
/// <param name="choose">The file's path, given the name that the server suggests, or a sentence on why there is none.</param>
internal sealed class NamedDownload(Func<string?, (string? Path, string? Problem)> choose, Session session) : IDownload
{
    private volatile Download? _download;

    public string Target { get; private set; } = "";

    public DownloadPhase Phase => _download?.Phase ?? DownloadPhase.Asking;

    public long Size => _download?.Size ?? -1;

    public long BytesDone => _download?.BytesDone ?? 0;

    public DigestAlgorithm? Proof => _download?.Proof;

    public string? ToldBy => _download?.ToldBy;

    public Checksum? Checksum => _download?.Checksum;

    public WholeDigest? Whole => _download?.Whole;

    public bool WasThere => _download?.WasThere ?? false;

    public async Task<DownloadOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var (path, problem) = choose(await AskAsync(cancellationToken));
        if (path is null)
            throw new DownloadFailedException(DownloadOutcome.LocalFile, problem ?? "there is no place for the file");
        Target = Path.GetFullPath(path);
        _download = new Download(Target, session);
        return await _download.RunAsync(cancellationToken);
    }

    private async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            using var question = HeadStart.ForHead(session, cancellationToken);
            var answer = await question.Answer.WaitAsync(cancellationToken);
            if (answer.Failure is not { } failure)
                return answer.SuggestedName;
            if (session.Mirrors.MoveOn(ref failure))
                continue;
            session.Counters.AddRetry();
            await Task.Delay(session.DelayAfter(failure, failures), session.Clock, cancellationToken);
        }
    }
}
