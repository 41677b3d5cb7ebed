using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>Tells a person.</summary>
internal sealed class TextReport(RdOptions options, StandardError error, TimeProvider time) : IReport
{
    private readonly LiveLine _live = new(error);

    public IProgress<DownloadProgress> Begin(RequestedFile file) =>
        options.IsQuiet ? new Silence() : new ProgressDisplay(file.Name, options.ProgressInterval, _live, error, time);

    public void Tell(RequestedFile file, DownloadEvent happening)
    {
        if (options.IsVerbose)
            error.WriteLine($"{time.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff zzz} {file.Name}: {happening.Message}");
        else if (!happening.IsDetail && !options.IsQuiet)
            error.WriteLine($"{file.Name}: {happening.Message}");
    }

    public void End(RequestedFile file, DownloadResult result)
    {
        _live.Remove(file.Name);
        // A stop by a signal is told once, for all. Who closes the pipe has what was wanted (rd -O - URL | head).
        if (result.Outcome is DownloadOutcome.Canceled or DownloadOutcome.OutputClosed)
            return;
        var tone = result.IsSuccess ? Tone.Good : result.IsComplete ? Tone.Doubtful : Tone.Bad;
        if (tone == Tone.Bad || !options.IsQuiet)
            error.WriteLine(Summary.Of(file.Name, result), tone);
    }

    public IProgress<TreeProgress> BeginFolder(RequestedFile folder) =>
        options.IsQuiet ? new Silence() : new FolderProgressDisplay(folder.Name, options.ProgressInterval, error, time);

    public void EndFolder(RequestedFile folder, TreeResult result)
    {
        error.ShowLive("");
        if (result.Outcome == DownloadOutcome.Canceled)
            return;
        foreach (var line in FolderSummary.Failures(result))
            error.WriteLine(line, Tone.Bad);
        if (!result.IsSuccess || !options.IsQuiet)
            error.WriteLine(FolderSummary.Of(folder.Name, result), result.IsSuccess ? Tone.Good : result.Outcome == DownloadOutcome.Unproven ? Tone.Doubtful : Tone.Bad);
    }

    public void Finish(IReadOnlyCollection<DownloadResult> results, int asked)
    {
        if (asked > 1 && !options.IsQuiet)
            error.WriteLine(Summary.Of(results, asked));
    }

    private sealed class Silence : IProgress<DownloadProgress>, IProgress<TreeProgress>
    {
        public void Report(TreeProgress value)
        {
        }

        public void Report(DownloadProgress value)
        {
        }
    }
}
