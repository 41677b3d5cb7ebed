using ReliableDownload.Client;
using ReliableDownload.Rd.Reports;

namespace ReliableDownload.Rd;

/// <summary>The downloads of one command line, one after the other or several at once.</summary>
internal sealed class Downloads(RdOptions options, IReadOnlyList<RequestedFile> requested, IReport report, Signals signals, TimeProvider time)
{
    private readonly TimeBudget _budget = new(options.Download.MaxTime, time);
    private ServerNames _names = new([]);

    /// <returns>The signal's code where one came, else that of the first download that failed, else that of the first unproven one.</returns>
    public async Task<ExitCode> RunAsync()
    {
        var files = await ExpandAsync();
        _names = new ServerNames(files);
        var results = new DownloadResult?[files.Count];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = options.Jobs };
        await Parallel.ForAsync(0, files.Count, limits, async (index, _) =>
        {
            if (!signals.Token.IsCancellationRequested)
                results[index] = await RunAsync(files[index]);
        });

        var ended = results.OfType<DownloadResult>().Where(result => result.Outcome != DownloadOutcome.Canceled).ToList();
        report.Finish(ended, files.Count);
        if (ended.Count < files.Count && signals.Received is { } signal)
            return signal.ToExitCode();
        var worst = ended.Find(result => !result.IsComplete) ?? ended.Find(result => !result.IsSuccess && !options.AllowUnproven);
        return worst?.Outcome.ToExitCode() ?? ExitCode.Complete;
    }

    private async Task<IReadOnlyList<RequestedFile>> ExpandAsync()
    {
        var files = new List<RequestedFile>();
        foreach (var file in requested)
            files.AddRange(file.IsMetalink ? await MetalinkArgument.ExpandAsync(file, options with { Download = options.Download with { MaxTime = _budget.Left } }, signals.Token) : [file]);
        return files;
    }

    private async Task<DownloadResult> RunAsync(RequestedFile file)
    {
        if (file.Failure is { } failure)
        {
            report.End(file, failure);
            return failure;
        }

        if (file.IsFolder)
            return await RunFolderAsync(file);
        var downloader = new Downloader(options.Download with
        {
            Checksum = file.Checksum,
            Description = file.Description,
            Origin = file.Origin,
            OnEvent = happening => report.Tell(file, happening),
            MaxTime = _budget.Left,
        });
        var progress = report.Begin(file);
        var result = await (file switch
        {
            { IsForOutput: true } => downloader.DownloadAsync(file.Location, StandardOutput.Open(), progress, signals.Token),
            { IsNamedByServer: true } => downloader.DownloadAsync(file.Location, suggested => _names.Choose(file, suggested), progress, signals.Token),
            _ => downloader.DownloadAsync(file.Location, file.Target, progress, signals.Token),
        });
        report.End(file, result);
        return result;
    }

    private async Task<DownloadResult> RunFolderAsync(RequestedFile folder)
    {
        var downloader = new Downloader(options.Download with { OnEvent = happening => report.Tell(folder, happening), MaxTime = _budget.Left });
        var result = await downloader.DownloadTreeAsync(folder.Location, folder.Target, options.Tree, report.BeginFolder(folder), signals.Token);
        report.EndFolder(folder, result);
        return new DownloadResult { Outcome = result.Outcome, Target = result.Target, Size = result.Bytes, Message = result.Message };
    }
}
