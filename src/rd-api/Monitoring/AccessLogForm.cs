using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ReliableDownload.Api.Monitoring;

/// <summary>The forms of the access log's lines. Each ends with a line feed, and contains no other.</summary>
internal static class AccessLogForm
{
    /// <summary>
    /// The Combined Log Format of Apache and nginx. Characters that could end a field or a line are written as <c>\xHH</c>, as nginx does.
    /// </summary>
    public static void WriteCombined(in RequestRecord request, IBufferWriter<byte> output)
    {
        var line = new StringBuilder(256);
        line.Append(request.Client?.ToString() ?? "-").Append(" - ");
        AppendEscaped(line, request.User is { Length: > 0 } user ? user.Replace(' ', '+') : "-");
        line.Append(CultureInfo.InvariantCulture, $" [{request.Started:dd/MMM/yyyy:HH:mm:ss} +0000] \"");
        AppendEscaped(line, $"{request.Method} {request.Target} {request.Protocol}");
        line.Append(CultureInfo.InvariantCulture, $"\" {request.Status} ");
        line.Append(request.Bytes is { } bytes ? bytes.ToString(CultureInfo.InvariantCulture) : "-").Append(" \"");
        AppendEscaped(line, request.Referer ?? "-");
        line.Append("\" \"");
        AppendEscaped(line, request.UserAgent ?? "-");
        line.Append("\"\n");
        Encoding.UTF8.GetBytes(line.ToString(), output);
    }

    /// <summary>One JSON object, with the fields that docs/operations.md lists.</summary>
    public static void WriteJson(in RequestRecord request, IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, request.Started);
            json.WriteString("client"u8, request.Client?.ToString());
            json.WriteString("user"u8, request.User);
            json.WriteString("method"u8, request.Method);
            json.WriteString("target"u8, request.Target);
            json.WriteString("protocol"u8, request.Protocol);
            json.WriteNumber("status"u8, request.Status);
            if (request.Bytes is { } bytes)
                json.WriteNumber("bytes"u8, bytes);
            else
                json.WriteNull("bytes"u8);
            json.WriteNumber("seconds"u8, Math.Round(request.Duration.TotalSeconds, 6));
            json.WriteString("range"u8, request.Range);
            json.WriteString("referer"u8, request.Referer);
            json.WriteString("user_agent"u8, request.UserAgent);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void AppendEscaped(StringBuilder line, string text)
    {
        foreach (var character in text)
        {
            if (character is '"' or '\\' || (character < 256 && TerminalText.IsUnsafe(character)))
                line.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:X2}");
            else if (TerminalText.IsUnsafe(character))
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            else
                line.Append(character);
        }
    }
}
