using ReliableDownload.Client;
using ReliableDownload.Protocol;

namespace ReliableDownload.Rd;

/// <summary>What rd says at the end: a line for each file and, for several, one for all.</summary>
internal static class Summary
{
    public static string Of(string name, DownloadResult result) => result.Outcome switch
    {
        DownloadOutcome.Complete => $"{name}: {new ByteCount(result.Size)} in {new Duration(result.Elapsed)}{Speed(result)}{Kept(result)}{Proof(result)}",
        DownloadOutcome.AlreadyComplete => $"{name}: already complete, {new ByteCount(result.Size)}{Proof(result)}",
        _ => $"rd: {name}: {result.Message}",
    };

    public static string Of(IReadOnlyCollection<DownloadResult> results, int asked)
    {
        var complete = results.Count(result => result.IsSuccess);
        var size = results.Where(result => result.IsSuccess).Sum(result => result.Size);
        return $"{complete} of {asked} files complete, {new ByteCount(size)}";
    }

    private static string Speed(DownloadResult result) =>
        result.BytesFetched > 0 && result.Elapsed > TimeSpan.Zero
            ? $", {new ByteCount((long)(result.BytesFetched / result.Elapsed.TotalSeconds))}/s"
            : "";

    private static string Kept(DownloadResult result) => result.BytesKept > 0 ? $", {new ByteCount(result.BytesKept)} of it from before" : "";

    private static string Proof(DownloadResult result) => $", proven by {result.Algorithm.DisplayName}: {result.Target}";
}
