using Microsoft.Extensions.Logging;

namespace ReliableDownload.Api.Monitoring;

/// <summary>The newest warnings and errors of the server's log, for the status page. Thread-safe.</summary>
internal sealed class RecentProblems(TimeProvider clock) : ILoggerProvider, ILogger
{
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Queue<Problem> _problems = new();

    /// <summary>Those of the last hour, the newest first.</summary>
    public IReadOnlyList<Problem> Newest()
    {
        var oldest = clock.GetUtcNow() - Memory;
        lock (_gate)
            return [.. _problems.Where(problem => problem.Time >= oldest).Reverse()];
    }

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var text = exception is null ? formatter(state, exception) : $"{formatter(state, exception)}: {exception.Message}";
        lock (_gate)
        {
            if (_problems.Count == Limits.Problems)
                _problems.Dequeue();
            _problems.Enqueue(new Problem(clock.GetUtcNow(), text[..Math.Min(text.Length, Limits.ProblemLength)]));
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose()
    {
    }
}

/// <summary>A warning or an error.</summary>
internal readonly record struct Problem(DateTimeOffset Time, string Text);
