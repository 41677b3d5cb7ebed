using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Log lines: local time with its offset, level, message. No stack traces. What file names may contain of control characters and the like is escaped,
/// so that nobody can forge a line.
/// </summary>
internal sealed class LogFormatter(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "rd-api";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"{clock.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff zzz} {NameOf(logEntry.LogLevel),-5} "));
        WriteEscaped(textWriter, logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } error)
            WriteEscaped(textWriter, $": {error.Message}");
        textWriter.Write('\n');
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    private static void WriteEscaped(TextWriter output, string text)
    {
        foreach (var character in text)
        {
            if (TerminalText.IsUnsafe(character))
                output.Write($"\\u{(int)character:x4}");
            else
                output.Write(character);
        }
    }
}
