using System.Globalization;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>What rd says of a folder: where its download stands, and what became of it.</summary>
internal static class FolderSummary
{
    public static string Of(string name, TreeProgress progress, double bytesPerSecond)
    {
        var more = progress.IsListed ? "" : "at least ";
        var fields = new List<string> { $"{Number(progress.FilesDone)} of {more}{Number(progress.Files)} files", $"{new ByteCount(progress.BytesDone)} of {more}{new ByteCount(progress.Bytes)}" };
        if (progress.Trouble is { } trouble && progress.Silence >= ProgressText.Quiet)
        {
            fields.Add($"no data for {new Duration(progress.Silence)}, rd keeps trying");
            fields.Add(trouble);
        }
        else
        {
            fields.Add($"{new ByteCount((long)bytesPerSecond)}/s");
            if (progress.IsListed && bytesPerSecond > 0 && (progress.Bytes - progress.BytesDone) / bytesPerSecond is var seconds && seconds < TimeSpan.FromDays(1000).TotalSeconds)
                fields.Add($"{new Duration(TimeSpan.FromSeconds(Math.Max(0, seconds)))} left");
        }

        if (progress.Failed > 0)
            fields.Add($"{Number(progress.Failed)} failed");
        if (progress.Slowest is { } slowest)
            fields.Add($"slowest: {slowest}");
        return $"{name}: {string.Join(", ", fields)}";
    }

    public static string Of(string name, TreeResult result)
    {
        var counts = new[] { (result.Fetched, "fetched"), (result.Replaced, "replaced"), (result.Kept, "kept"), (result.Linked, "linked"), (result.Deleted, "deleted"), (result.Failed, "failed") };
        var details = string.Join(", ", counts.Where(count => count.Item1 > 0).Select(count => $"{Number(count.Item1)} {count.Item2}"));
        var text = $"{Number(result.Files)} {(result.Files == 1 ? "file" : "files")}, {new ByteCount(result.Bytes)}{(details.Length > 0 ? $" ({details})" : "")} in {new Duration(result.Elapsed)}";
        return result.IsDryRun && result.Message.Length == 0 ? $"{name}: dry run, nothing was changed: {text}"
            : result.Outcome == DownloadOutcome.Unproven ? $"{name}: {text}, {Number(result.Unproven)} of them NOT PROVEN: the server gives no digests: {result.Target}"
            : result.IsSuccess ? $"{name}: {text}{Proof(result)}: {result.Target}"
            : result.Message.Length > 0 ? $"rd: {name}: {result.Message} ({text})"
            : $"rd: {name}: NOT COMPLETE: {text}";
    }

    /// <summary>The reasons why files failed, a line each.</summary>
    public static IEnumerable<string> Failures(TreeResult result)
    {
        foreach (var (path, reason) in result.Reasons)
            yield return $"rd: '{path}': {reason}";
        if (result.Failed > result.Reasons.Count)
            yield return $"rd: … and {Number(result.Failed - result.Reasons.Count)} more";
    }

    private static string Proof(TreeResult result) => result.Fetched + result.Replaced == 0 ? ", nothing to fetch" : result.IsPlain ? ", proven" : ", proven by SHA-256";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
