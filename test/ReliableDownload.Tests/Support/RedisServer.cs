namespace ReliableDownload.Tests.Support;

/// <summary>A real redis-server of one test's own, on a free port, that keeps nothing on disk; it can be stopped and started again.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const int MaxTries = 10;

    private readonly TempFolder _folder = new();
    private readonly string[] _more;
    private ProcessRunner? _process;

    private RedisServer(int port, string[] more) => (Port, _more) = (port, more);

    public int Port { get; }

    /// <summary>Arguments that redis-cli needs beside the port.</summary>
    public string[] Login { get; init; } = [];

    /// <summary>Starts one. Where redis-server is not installed the test is skipped, but fails where nothing may be left out.</summary>
    public static Task<RedisServer> StartAsync() => StartAsync(port => ["--port", $"{port}", "--save", ""]);

    /// <param name="arguments">All but those that are the same for each, by the port.</param>
    /// <param name="login">What redis-cli needs beside the port.</param>
    public static async Task<RedisServer> StartAsync(Func<int, string[]> arguments, params string[] login)
    {
        var isInstalled = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "redis-server")));
        Assert.SkipUnless(isInstalled || Environment.GetEnvironmentVariable("CI") == "true", "redis-server is not installed");
        for (var tries = 1; ; tries++)
        {
            var port = FreePort.Find();
            var server = new RedisServer(port, arguments(port)) { Login = login };
            if (await server.TryStartAgainAsync())
                return server;
            // Somebody else took the port meanwhile.
            Assert.True(tries < MaxTries, server._process!.Output.Text + server._process.Error.Text);
            await server.DisposeAsync();
        }
    }

    /// <remarks>Another test may have the port for a while.</remarks>
    public Task StartAgainAsync() => Eventually.IsTrueAsync(
        async () =>
        {
            if (await TryStartAgainAsync())
                return true;
            await StopAsync();
            return false;
        },
        "redis-server starts again");

    public void Send(Signal signal) => _process!.Send(signal);

    public async Task StopAsync()
    {
        if (_process is null)
            return;
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>What redis-cli prints for a command.</summary>
    public async Task<string> AskAsync(params string[] command)
    {
        await using var client = ProcessRunner.Start("/usr/bin/env", ["redis-cli", "-p", $"{Port}", .. Login, .. command]);
        await client.WaitForExitAsync();
        return client.Output.Text.Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    private async Task<bool> TryStartAgainAsync()
    {
        // Sentinels write to their configuration.
        var start = _more is [var file, "--sentinel"] ? [file, "--sentinel", "--dir", _folder.Path] : (string[])[.. _more, "--bind", "127.0.0.1", "--dir", _folder.Path];
        _process = ProcessRunner.Start("/usr/bin/env", ["redis-server", .. start]);
        await _process.WhenReadyAsync(() => Eventually.IsTrueAsync(() => _process.HasExited || IsReady(_process.Output.Text), "redis-server is ready"), _folder);
        return !_process.HasExited;
    }

    private static bool IsReady(string log) =>
        log.Contains("Ready to accept connections", StringComparison.Ordinal) || log.Contains("Sentinel ID is", StringComparison.Ordinal);
}
