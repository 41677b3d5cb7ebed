using System.Text.Json;
using ReliableDownload.Client;
using ReliableDownload.Protocol;

namespace ReliableDownload.Rd.Reports;

/// <summary>
/// Tells a program: one JSON object a line at standard output (docs/rd.md describes them). Standard error gets what went wrong, as without it.
/// </summary>
internal sealed class JsonReport(Stream output, IReport text, TimeProvider time) : IReport
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = time;
    private readonly Lock _lock = new();

    public IProgress<DownloadProgress> Begin(RequestedFile file)
    {
        Write("start", file, file.Target, static _ => { });
        return new Progress<DownloadProgress>(this, file, value => value.BytesFetched, WriteProgress);
    }

    public void Tell(RequestedFile file, DownloadEvent happening)
    {
        text.Tell(file, happening);
        if (!happening.IsDetail)
            Write("warning", file, file.Target, json => json.WriteString("message"u8, happening.Message));
    }

    public void End(RequestedFile file, DownloadResult result)
    {
        text.End(file, result);
        Write("end", file, result.Target, json =>
        {
            json.WriteOutcome(result.Outcome, result.Message);
            WriteSize(json, result.Size);
            json.WriteNumber("bytes_fetched"u8, result.BytesFetched);
            json.WriteNumber("bytes_kept"u8, result.BytesKept);
            json.WriteNumber("retries"u8, result.Retries);
            json.WriteNumber("wrong_blocks"u8, result.WrongBlocks);
            json.WriteNumber("seconds"u8, Math.Round(result.Elapsed.TotalSeconds, 3));
            json.WriteString("block_digests"u8, result.HasDigests ? result.Algorithm.WireName : null);
            json.WriteString("block_digests_source"u8, result.DigestSource);
            if (result.Checksum is { } checksum)
            {
                json.WriteStartObject("checksum"u8);
                json.WriteString("algorithm"u8, checksum.DisplayName.ToLowerInvariant());
                json.WriteString("hex"u8, checksum.Hex);
                json.WriteString("source"u8, result.ChecksumSource);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNull("checksum"u8);
            }
        });
    }

    public IProgress<TreeProgress> BeginFolder(RequestedFile folder)
    {
        Write("start", folder, folder.Target, static _ => { });
        return new Progress<TreeProgress>(this, folder, value => value.BytesFetched, WriteProgress);
    }

    public void EndFolder(RequestedFile folder, TreeResult result)
    {
        text.EndFolder(folder, result);
        Write("end", folder, result.Target, json =>
        {
            json.WriteOutcome(result.Outcome, result.Message);
            json.WriteNumber("size"u8, result.Bytes);
            json.WriteNumber("files"u8, result.Files);
            json.WriteNumber("fetched"u8, result.Fetched);
            json.WriteNumber("replaced"u8, result.Replaced);
            json.WriteNumber("kept"u8, result.Kept);
            json.WriteNumber("linked"u8, result.Linked);
            json.WriteNumber("unproven"u8, result.Unproven);
            json.WriteNumber("deleted"u8, result.Deleted);
            json.WriteNumber("failed"u8, result.Failed);
            json.WriteStartArray("failures"u8);
            foreach (var (path, reason) in result.Reasons)
            {
                json.WriteStartObject();
                json.WriteString("path"u8, path);
                json.WriteString("reason"u8, reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("bytes_fetched"u8, result.BytesFetched);
            json.WriteNumber("retries"u8, result.Retries);
            json.WriteNumber("seconds"u8, Math.Round(result.Elapsed.TotalSeconds, 3));
        });
    }

    public void Finish(IReadOnlyCollection<DownloadResult> results, int asked) => text.Finish(results, asked);

    private static void WriteSize(Utf8JsonWriter json, long size)
    {
        if (size >= 0)
            json.WriteNumber("size"u8, size);
        else
            json.WriteNull("size"u8);
    }

    private void Write(string kind, RequestedFile file, string target, Action<Utf8JsonWriter> fields)
    {
        var line = JsonLines.Of(kind, json =>
        {
            json.WriteString("time"u8, _time.GetUtcNow());
            json.WriteString("url"u8, FileUrl.WithoutUserInfo(file.Location.AbsoluteUri));
            json.WriteString("target"u8, target.Length > 0 ? Path.GetFullPath(target) : null);
            fields(json);
        });
        try
        {
            lock (_lock)
            {
                output.Write(line);
                output.Flush();
            }
        }
        catch (IOException)
        {
            // Nobody listens any more, which is no reason to give up a download.
        }
    }

    private static void WriteProgress(Utf8JsonWriter json, DownloadProgress value, double speed)
    {
        json.WriteString("phase"u8, JsonNamingPolicy.KebabCaseLower.ConvertName(value.Phase.ToString()));
        WriteSize(json, value.Size);
        json.WriteNumber("bytes_done"u8, value.BytesProven);
        json.WriteNumber("bytes_fetched"u8, value.BytesFetched);
        json.WriteNumber("bytes_kept"u8, value.BytesKept);
        json.WriteNumber("bytes_per_second"u8, Math.Round(speed));
        json.WriteNumber("connections"u8, value.Connections);
        json.WriteNumber("retries"u8, value.Retries);
        json.WriteString("trouble"u8, value.Trouble);
    }

    private static void WriteProgress(Utf8JsonWriter json, TreeProgress value, double speed)
    {
        json.WriteBoolean("listed"u8, value.IsListed);
        json.WriteNumber("files"u8, value.Files);
        json.WriteNumber("files_done"u8, value.FilesDone);
        json.WriteNumber("size"u8, value.Bytes);
        json.WriteNumber("bytes_done"u8, value.BytesDone);
        json.WriteNumber("bytes_fetched"u8, value.BytesFetched);
        json.WriteNumber("bytes_per_second"u8, Math.Round(speed));
        json.WriteNumber("failed"u8, value.Failed);
        json.WriteNumber("retries"u8, value.Retries);
        json.WriteString("trouble"u8, value.Trouble);
    }

    /// <summary>Tells once a second where a download stands.</summary>
    private sealed class Progress<T>(JsonReport report, RequestedFile file, Func<T, long> bytesFetched, Action<Utf8JsonWriter, T, double> write) : IProgress<T>
    {
        private readonly Lock _lock = new();
        private readonly SpeedMeter _speed = new(report._time);
        private long _told;

        public void Report(T value)
        {
            lock (_lock)
            {
                var speed = _speed.Measure(bytesFetched(value));
                if (_told != 0 && report._time.GetElapsedTime(_told) < Interval)
                    return;
                _told = report._time.GetTimestamp();
                report.Write("progress", file, file.Target, json => write(json, value, speed));
            }
        }
    }
}
