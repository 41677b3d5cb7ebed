using System.Text;
using Microsoft.Extensions.Logging;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// Log lines on standard error: local time with its offset, level, message. No stack traces. A control character, which a name
/// may have, is written as an escape, so that nobody can forge a line. Safe for threads.
/// </summary>
internal sealed class ConsoleLog(TextWriter output, TimeProvider clock) : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = new StringBuilder($"{clock.GetLocalNow():yyyy-MM-dd HH:mm:ss.fff zzz} {Name(logLevel),-5} ");
        AppendEscaped(line, formatter(state, exception));
        if (exception is not null)
            AppendEscaped(line, $": {exception.Message}");
        lock (_lock)
            output.WriteLine(line);
    }

    public void Dispose()
    {
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    private static void AppendEscaped(StringBuilder line, string text)
    {
        foreach (var character in text)
        {
            if (char.IsControl(character))
                line.Append($"\\u{(int)character:x4}");
            else
                line.Append(character);
        }
    }
}
