using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>How often a download waits for a far server before it has everything of a small file.</summary>
public sealed class RoundTripTests : IAsyncDisposable
{
    // Far longer than a busy machine needs for what happens meanwhile.
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(800);

    private const int MaxTries = 12;

    private readonly TempFolder _root = new();
    private readonly Stack<IAsyncDisposable> _servers = new();

    [Theory]
    [InlineData("rd-api", "f", 2)]
    [InlineData("rd-api behind a prefix", "files/f", 3)]
    public async Task Bytes_and_digests_are_there_soon(string name, string path, int roundTrips)
    {
        SampleFile.Create(_root["f"], 20_000);
        var api = Added(await RdApiProcess.StartAsync(_root.Path));
        EndPoint server = new IPEndPoint(IPAddress.Loopback, api.BaseAddress.Port);
        if (name != "rd-api")
            server = Added(await WebServer.NginxAsync($"location /files/ {{ proxy_pass http://{server}/; proxy_http_version 1.1; proxy_buffering off; }}")).EndPoint;
        await api.Client.ClassicWhenKnownAsync("f");

        for (var tries = 1; ; tries++)
        {
            var took = await DownloadAsync(server, path);
            // One more would take a whole round trip more at the least, however fast the machine.
            if (took < (roundTrips + 0.9) * RoundTrip)
                return;
            Assert.True(tries < MaxTries, $"{took.TotalMilliseconds:0} ms are {took / RoundTrip:0.0} round trips");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        _root.Dispose();
    }

    /// <returns>From the beginning of the first connection to the last byte.</returns>
    private static async Task<TimeSpan> DownloadAsync(EndPoint server, string path)
    {
        using var folder = new TempFolder();
        await using var line = new FarLine(server, RoundTrip / 2);
        // The kernel connects at once to what is on the same machine; strace(1) has it take a round trip.
        await using var rd = ProcessRunner.Start(
            "/usr/bin/env",
            ["strace", "-f", "--seccomp-bpf", "-q", "-o", "/dev/null", "-e", "trace=connect", "-e", $"inject=connect:delay_exit={(int)RoundTrip.TotalMicroseconds}", ProcessRunner.PathOf("rd"), $"http://{line.Authority}/{path}"],
            folder.Path);
        var end = await rd.EndAsync();
        Assert.True(end.ExitCode == 0, end.Error);
        return line.Took;
    }

    private T Added<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Push(server);
        return server;
    }
}
