using System.Text;
using System.Text.Json;
using ReliableDownload.Client;

namespace ReliableDownload.Rd.Reports;

/// <summary>
/// Tells of verified files. What came of each goes to standard output, as of <c>sha256sum -c</c>, or as a JSON object a line; why a file could not be compared goes to
/// standard error.
/// </summary>
internal sealed class VerifyReport(RdOptions options, Stream output, StandardError error)
{
    /// <summary>Something happened meanwhile.</summary>
    public void Tell(string file, DownloadEvent happening)
    {
        if (happening.IsDetail ? options.IsVerbose : !options.IsQuiet)
            error.WriteLine($"{file}: {happening.Message}");
    }

    /// <summary>The file was compared, or could not be.</summary>
    public void Show(string file, VerifyResult result)
    {
        if (options.IsJson)
            WriteJson(file, result);
        switch (result.Outcome)
        {
            case DownloadOutcome.AlreadyComplete:
                if (!options.IsQuiet)
                    WriteText($"{file}: proven by {result.Proof}");
                break;
            case DownloadOutcome.NotProven:
                WriteText($"{file}: WRONG: {result.Message}");
                foreach (var (offset, length) in result.Differences)
                    WriteText($"  bytes {offset}-{offset + length - 1}");
                break;
            case DownloadOutcome.Unproven:
                WriteText($"{file}: NOT PROVEN: {result.Message}");
                break;
            case DownloadOutcome.Canceled:
                break;
            default:
                error.WriteLine($"rd: {file}: {result.Message}");
                break;
        }
    }

    /// <summary>The file was repaired.</summary>
    public void ShowRepaired(string file, long bytesFetched)
    {
        if (options.IsJson)
            Write(file, "repaired", json => json.WriteNumber("bytes_fetched"u8, bytesFetched));
        else if (!options.IsQuiet)
            WriteText($"{file}: repaired, {new ByteCount(bytesFetched)} fetched");
    }

    /// <summary>The file is as it was.</summary>
    public void ShowNotRepaired(string file, string reason) => error.WriteLine($"rd: {file}: {reason}");

    private void WriteText(string line)
    {
        if (!options.IsJson)
            Write(Encoding.UTF8.GetBytes($"{StandardError.Printable(line)}\n"));
    }

    private void WriteJson(string file, VerifyResult result) => Write(file, "verified", json =>
    {
        json.WriteOutcome(result.Outcome, result.Message);
        json.WriteString("proof"u8, result.Proof);
        json.WriteStartArray("differences"u8);
        foreach (var (offset, length) in result.Differences)
        {
            json.WriteStartObject();
            json.WriteNumber("offset"u8, offset);
            json.WriteNumber("length"u8, length);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private void Write(string file, string kind, Action<Utf8JsonWriter> fields) => Write(JsonLines.Of(kind, json =>
    {
        json.WriteString("file"u8, Path.GetFullPath(file));
        fields(json);
    }));

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            output.Write(bytes);
            output.Flush();
        }
        catch (IOException)
        {
            // Nobody reads any more; the exit code still tells.
        }
    }
}
