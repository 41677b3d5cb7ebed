using ReliableDownload.Client;
using ReliableDownload.Protocol;

namespace ReliableDownload.Rd.Reports;

/// <summary>What rd says at the end: a line for each file and, for several, one for all.</summary>
internal static class Summary
{
    public static string Of(string name, DownloadResult result) => result.Outcome switch
    {
        DownloadOutcome.AlreadyComplete => $"{name}: already complete, {new ByteCount(result.Size)}{Proof(result)}",
        DownloadOutcome.Unproven when result.WasThere =>
            $"{name}: already complete by its size and time, {new ByteCount(result.Size)}, NOT PROVEN: the server gives no digests: {result.Target}",
        DownloadOutcome.Complete => $"{Received(name, result)}{Proof(result)}",
        DownloadOutcome.Unproven =>
            $"{Received(name, result)}, complete, NOT PROVEN: the server gives no digests{Arrived(result)}{Place(result)}",
        _ => $"rd: {name}: {result.Message}",
    };

    public static string Of(IReadOnlyCollection<DownloadResult> results, int asked)
    {
        var complete = results.Where(result => result.IsComplete).ToList();
        var unproven = complete.Count(result => !result.IsSuccess);
        return $"{complete.Count} of {asked} files complete{(unproven > 0 ? $", {unproven} of them NOT PROVEN" : "")}, {new ByteCount(complete.Sum(result => result.Size))}";
    }

    private static string Arrived(DownloadResult result) => result.Checksum is { } checksum ? $"; what arrived has {checksum.DisplayName} {checksum.Hex}" : "";

    private static string Place(DownloadResult result) => result.Target.Length > 0 ? $": {result.Target}" : "";

    private static string Received(string name, DownloadResult result) =>
        $"{name}: {new ByteCount(result.Size)} in {new Duration(result.Elapsed)}{Speed(result)}{Kept(result)}";

    private static string Speed(DownloadResult result) =>
        result.BytesFetched > 0 && result.Elapsed > TimeSpan.Zero
            ? $", {new ByteCount((long)(result.BytesFetched / result.Elapsed.TotalSeconds))}/s"
            : "";

    private static string Kept(DownloadResult result) => result.BytesKept > 0 ? $", {new ByteCount(result.BytesKept)} of it from before" : "";

    private static string Weakness(Checksum checksum) => checksum.IsWeak ? " (weak: good against faults of the line, not against forgery)" : "";

    private static string Proof(DownloadResult result)
    {
        var proofs = new List<string>();
        if (result.HasDigests)
            proofs.Add(result.DigestSource is { } teller ? $"{result.Algorithm.DisplayName} of {teller}" : result.Algorithm.DisplayName);
        if (result.Checksum is { } checksum)
            proofs.Add(result.ChecksumSource is { } source ? $"{checksum.DisplayName} of {source}{Weakness(checksum)}" : $"its checksum ({checksum.DisplayName})");
        return $", proven by {string.Join(" and ", proofs)}{Place(result)}";
    }
}
