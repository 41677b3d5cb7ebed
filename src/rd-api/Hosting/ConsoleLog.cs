using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace ReliableDownload.Api.Hosting;

/// <summary>Log lines to standard error, by the framework's console provider.</summary>
internal static class ConsoleLog
{
    // One for all of rd-api: lines do not tell it.
    private static readonly string Category = typeof(Composition).Namespace!;

    /// <param name="least">The level of rd-api's own messages.</param>
    /// <remarks>
    /// Its parts are made here rather than by <c>AddConsole</c>: that brings three more formatters, each with options that can change, and a native program makes
    /// all those generic types when it starts, which took a fifth of its start (measured).
    /// </remarks>
    public static void AddTo(IServiceCollection services, RdApiOptions options, LogLevel least)
    {
        var console = new ConsoleLoggerOptions
        {
            FormatterName = LogFormatter.FormatterName,
            LogToStandardErrorThreshold = LogLevel.Trace,
            // A stuck reader of the log must not block the code that logs.
            QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite,
            MaxQueueLength = options.Limits.LogLines,
        };
        services.AddSingleton<ILoggerProvider>(_ => new ConsoleLoggerProvider(new Unchanging(console), [new LogFormatter(TimeProvider.System)]));
        services.AddSingleton<ILoggerFactory>(provider => new LoggerFactory(provider.GetServices<ILoggerProvider>(), FilterOf(options, least)));
        services.AddSingleton(static provider => provider.GetRequiredService<ILoggerFactory>().CreateLogger(Category));
        // For the framework's own parts.
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
    }

    private static LoggerFilterOptions FilterOf(RdApiOptions options, LogLevel least)
    {
        // The framework's messages are meant for developers.
        var filter = new LoggerFilterOptions { MinLevel = options.Verbose ? LogLevel.Warning : LogLevel.Error };
        // It logs nothing at this level, but if enabled it starts an Activity for each request.
        filter.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // It repeats what rd-api logs itself.
        filter.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        filter.AddFilter(Category, least);
        return filter;
    }

    private sealed class Unchanging(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
