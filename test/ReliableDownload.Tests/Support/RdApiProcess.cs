using System.Text.RegularExpressions;

namespace ReliableDownload.Tests.Support;

/// <summary>A real rd-api that serves a folder on a free port, its digest cache in a folder of its own. Killed when disposed of.</summary>
internal sealed partial class RdApiProcess : IAsyncDisposable
{
    private readonly TempFolder _cache;

    private RdApiProcess(ProcessRunner process, TempFolder cache, Uri baseAddress)
    {
        Process = process;
        _cache = cache;
        BaseAddress = baseAddress;
        Client = new HttpClient { BaseAddress = baseAddress, Timeout = ProcessRunner.Limit };
    }

    public ProcessRunner Process { get; }

    public Uri BaseAddress { get; }

    public HttpClient Client { get; }

    /// <param name="root">The folder to serve.</param>
    /// <param name="arguments">More of them; they replace the ones that are given here otherwise.</param>
    public static async Task<RdApiProcess> StartAsync(string root, params string[] arguments)
    {
        var cache = new TempFolder();
        (string Name, string Value)[] defaults =
            [("--host", "127.0.0.1"), ("--port", "0"), ("--web-root", root), ("--cache", cache["digests.db"])];
        var missing = defaults.Where(option => !arguments.Contains(option.Name));
        var process = ProcessRunner.Start("rd-api", [.. missing.SelectMany(option => (string[])[option.Name, option.Value]), .. arguments]);
        var started = Address().Match(await process.Error.WaitForAsync("serving "));
        return new RdApiProcess(process, cache, new Uri(started.Value));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Process.DisposeAsync();
        _cache.Dispose();
    }

    [GeneratedRegex("http://[^ ,]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
