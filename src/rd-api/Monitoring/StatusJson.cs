using System.IO.Pipelines;
using System.Text.Json;

namespace ReliableDownload.Api.Monitoring;

/// <summary>The status for programs (docs/operations.md).</summary>
internal static class StatusJson
{
    public static async Task WriteAsync(PipeWriter output, StatusReport status, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("version"u8, ProductVersion.Number);
        json.WriteString("root"u8, status.Root);
        json.WriteNumber("uptime_seconds"u8, Math.Round(status.Uptime.TotalSeconds));
        json.WriteNumber("memory"u8, status.Memory);
        json.WriteBoolean("healthy"u8, status.Ended.Count == 0);
        json.WriteString("cache"u8, status.Cache);
        if (status.CacheBytes is { } size)
            json.WriteNumber("cache_bytes"u8, size);
        else
            json.WriteNull("cache_bytes"u8);
        json.WriteBoolean("cache_up"u8, status.IsCacheUp);
        json.WriteNumber("requests"u8, status.RequestCount);
        json.WriteStartArray("oldest_requests"u8);
        foreach (var request in status.Requests)
        {
            json.WriteStartObject();
            json.WriteString("client"u8, request.Client?.ToString());
            json.WriteString("method"u8, request.Method);
            json.WriteString("target"u8, request.Target);
            json.WriteNumber("seconds"u8, Math.Round(request.Elapsed.TotalSeconds, 3));
            json.WriteNumber("bytes_sent"u8, request.BytesSent);
            if (request.Length is { } length)
                json.WriteNumber("bytes"u8, length);
            else
                json.WriteNull("bytes"u8);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("hash_jobs"u8, status.Counts.Jobs);
        json.WriteStartArray("newest_hash_jobs"u8);
        foreach (var job in status.Jobs)
        {
            json.WriteStartObject();
            json.WriteString("path"u8, job.Path.Text);
            json.WriteNumber("blocks"u8, job.Digests.Layout.BlockCount);
            json.WriteNumber("known"u8, job.Digests.KnownCount);
            json.WriteBoolean("awaited"u8, job.Digests.HasReaders);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("hashed_bytes"u8, status.Counts.HashedBytes);
        json.WriteNumber("digests_from_memory"u8, status.Counts.FromMemory);
        json.WriteNumber("digests_from_store"u8, status.Counts.FromStore);
        json.WriteNumber("digests_from_hashing"u8, status.Counts.FromHashing);
        json.WriteStartArray("problems"u8);
        foreach (var problem in status.Problems)
        {
            json.WriteStartObject();
            json.WriteString("time"u8, problem.Time);
            json.WriteString("text"u8, problem.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }
}
