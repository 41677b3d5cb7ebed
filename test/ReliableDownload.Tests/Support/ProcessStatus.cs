namespace ReliableDownload.Tests.Support;

/// <summary>What the kernel tells of a process that still runs (proc(5)).</summary>
/// <param name="ResidentBytes">Memory that is not shared with files.</param>
internal sealed record ProcessStatus(TimeSpan ProcessorTime, int Threads, long ResidentBytes)
{
    public static ProcessStatus Of(int process)
    {
        using var observed = System.Diagnostics.Process.GetProcessById(process);
        var lines = File.ReadLines($"/proc/{process}/status").ToList();
        return new ProcessStatus(observed.TotalProcessorTime, (int)Number("Threads"), Number("RssAnon") << 10);

        long Number(string field) => long.Parse(
            lines.Single(line => line.StartsWith($"{field}:", StringComparison.Ordinal)).Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1]);
    }
}
