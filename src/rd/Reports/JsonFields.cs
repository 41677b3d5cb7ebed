using System.Text.Json;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>Fields that several JSON objects have (docs/rd.md).</summary>
internal static class JsonFields
{
    /// <summary>What came of something, as words, as the exit code that it means, and as a sentence.</summary>
    public static void WriteOutcome(this Utf8JsonWriter json, DownloadOutcome outcome, string message)
    {
        json.WriteString("outcome"u8, JsonNamingPolicy.KebabCaseLower.ConvertName(outcome.ToString()));
        json.WriteNumber("exit_code"u8, (int)outcome.ToExitCode());
        json.WriteString("message"u8, message);
    }
}
