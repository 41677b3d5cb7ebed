using System.Buffers;
using System.Text.Json;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>What all JSON reports have in common: an object a line, with the same fields for the same things (docs/rd.md).</summary>
internal static class JsonLines
{
    /// <summary>A line with its line feed.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="fields">Writes what else there is to say.</param>
    public static ReadOnlySpan<byte> Of(string kind, Action<Utf8JsonWriter> fields)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("event"u8, kind);
            fields(json);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenSpan;
    }

    /// <summary>What came of something, as words, as the exit code that it means, and as a sentence.</summary>
    public static void WriteOutcome(this Utf8JsonWriter json, DownloadOutcome outcome, string message)
    {
        json.WriteString("outcome"u8, JsonNamingPolicy.KebabCaseLower.ConvertName(outcome.ToString()));
        json.WriteNumber("exit_code"u8, (int)outcome.ToExitCode());
        json.WriteString("message"u8, message);
    }
}
