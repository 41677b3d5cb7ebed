using ReliableDownload.Client;

namespace ReliableDownload.Rd;

/// <summary>The downloads of one command line, one after the other, and what is said about them.</summary>
internal sealed class Downloads(RdOptions options, StandardError error, Signals signals, TimeProvider time)
{
    /// <returns>The signal's code where one came, else that of the first download that failed, else that of the first unproven one.</returns>
    public async Task<ExitCode> RunAsync()
    {
        var results = new List<DownloadResult>();
        var started = time.GetTimestamp();
        foreach (var url in options.Urls)
        {
            var downloader = new Downloader(options.Download with { OnEvent = happening => Tell(url.Name, happening), MaxTime = TimeLeft(started) });
            var progress = new ProgressDisplay(url.Name, options.ProgressInterval, error, time);
            var result = await downloader.DownloadAsync(url.Location, Path.Combine(options.OutputDirectory, url.Name), progress, signals.Token);
            error.ShowLive("");
            if (result.Outcome == DownloadOutcome.Canceled)
                break;
            error.WriteLine(Summary.Of(url.Name, result));
            results.Add(result);
        }

        if (options.Urls.Count > 1)
            error.WriteLine(Summary.Of(results, options.Urls.Count));
        if (results.Count < options.Urls.Count && signals.Received is { } signal)
            return signal.ToExitCode();
        var worst = results.Find(result => !result.IsComplete) ?? results.Find(result => !result.IsSuccess && !options.AllowUnproven);
        return worst?.Outcome.ToExitCode() ?? ExitCode.Complete;
    }

    // The limit holds for all of them together.
    private TimeSpan? TimeLeft(long started) => options.Download.MaxTime is not { } max ? null
        : max - time.GetElapsedTime(started) is { Ticks: > 0 } left ? left
        : TimeSpan.FromTicks(1);

    private void Tell(string name, DownloadEvent happening)
    {
        if (options.Verbose)
            error.WriteLine($"{time.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff zzz} {name}: {happening.Message}");
        else if (!happening.IsDetail)
            error.WriteLine($"{name}: {happening.Message}");
    }
}
