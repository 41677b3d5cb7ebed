using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>Where a download stands, in one line: what matters most comes first, so that a narrow terminal leaves out the rest.</summary>
internal static class ProgressText
{
    /// <summary>The fewest columns of the name that still say which file it is.</summary>
    private const int MinNameColumns = 12;

    /// <summary>How long nothing may come before it is worth a word.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    /// <param name="bytesPerSecond">The speed now; 0 where nothing comes.</param>
    /// <param name="columns">The room there is.</param>
    public static string Of(string name, DownloadProgress progress, double bytesPerSecond, int columns)
    {
        var nameColumns = Math.Min(name.Length, MinNameColumns);
        var text = "";
        foreach (var field in Fields(progress, bytesPerSecond))
        {
            var separator = text.Length == 0 ? ": " : ", ";
            if (nameColumns + text.Length + separator.Length + field.Length > columns)
                break;
            text += separator + field;
        }

        return Shortened(name, columns - text.Length) + text;
    }

    /// <summary>Several downloads at once: their speed together, and how far each is.</summary>
    public static string Of(IReadOnlyDictionary<string, (DownloadProgress Progress, double Speed)> downloads, int columns)
    {
        var text = $"{downloads.Count} files, {new ByteCount((long)downloads.Values.Sum(one => one.Speed))}/s";
        foreach (var (name, (progress, _)) in downloads)
        {
            var field = $", {Shortened(name, 2 * MinNameColumns)}: {(progress.Size < 0 ? $"{new ByteCount(progress.BytesProven)}" : $"{Percent(progress)} %")}";
            if (text.Length + field.Length > columns)
                return text.Length + 1 < columns ? $"{text}…" : text;
            text += field;
        }

        return text;
    }

    private static IEnumerable<string> Fields(DownloadProgress progress, double bytesPerSecond)
    {
        if (progress.Phase != DownloadPhase.Finishing && progress.Trouble is { } trouble && progress.Silence >= Quiet)
        {
            if (progress.Size >= 0)
                yield return $"{Percent(progress)} %";
            yield return $"no data for {new Duration(progress.Silence)}, rd keeps trying";
            yield return trouble;
        }
        else if (progress is { Phase: DownloadPhase.Asking } or { Size: < 0, BytesProven: 0 })
        {
            yield return "asking the server";
        }
        else if (progress.Size < 0)
        {
            yield return $"{new ByteCount(progress.BytesProven)} of an unknown size";
            yield return $"{new ByteCount((long)bytesPerSecond)}/s";
        }
        else
        {
            yield return $"{Percent(progress)} %";
            yield return $"{new ByteCount(progress.BytesProven)} of {new ByteCount(progress.Size)}";
            if (progress.Phase == DownloadPhase.Finishing)
            {
                yield return "finishing";
                yield break;
            }

            if (progress is { PendingBlock: { } block, Connections: 0 } && progress.Silence >= Quiet)
            {
                yield return $"waiting for the server to hash block {block} for {new Duration(progress.Silence)}";
                yield break;
            }

            if (progress is { IsWriting: true, Connections: 0 } && progress.Silence >= Quiet)
            {
                yield return "waiting for whoever reads the output";
                yield break;
            }

            // The speed is that of the last few seconds, and would go on for a while after the last byte.
            if (progress.Connections > 0 && progress.Silence >= Quiet)
            {
                yield return $"no data for {new Duration(progress.Silence)}";
            }
            else if (progress.Connections == 0 && bytesPerSecond == 0)
            {
                yield return "checking what is on disk";
            }
            else
            {
                yield return $"{new ByteCount((long)bytesPerSecond)}/s";
                yield return $"{TimeLeft(progress, bytesPerSecond)} left";
            }

            if (progress.BytesKept > 0)
                yield return $"{new ByteCount(progress.BytesKept)} from before";
            yield return Counted(progress.Connections, "connection", "connections");
        }

        yield return Counted(progress.Retries, "retry", "retries");
    }

    private static string Counted(int number, string one, string several) => $"{number} {(number == 1 ? one : several)}";

    // Rounded down: 100 % is all of it.
    private static long Percent(DownloadProgress progress) =>
        progress.Size == 0 ? 100 : (long)((Int128)progress.BytesProven * 100 / progress.Size);

    private static string TimeLeft(DownloadProgress progress, double bytesPerSecond)
    {
        var seconds = (progress.Size - progress.BytesProven) / bytesPerSecond;
        return seconds < TimeSpan.FromDays(1000).TotalSeconds ? $"{new Duration(TimeSpan.FromSeconds(seconds))}" : "unknown time";
    }

    /// <summary>The beginning of a name, as much as there is room for.</summary>
    public static string Shortened(string name, int columns)
    {
        if (name.Length <= columns)
            return name;
        var length = Math.Max(columns - 1, 0);
        if (length > 0 && char.IsHighSurrogate(name[length - 1]))
            length--;
        return $"{name[..length]}…"[..Math.Min(length + 1, Math.Max(columns, 0))];
    }
}
