using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The real rd and real servers: each download is killed in the middle, and continued.</summary>
public sealed class AnyServerTests : IAsyncDisposable
{
    private const int Size = (8 << 20) + 321;

    private readonly TempFolder _folder = new();
    private readonly TempFolder _certificates = new();
    private readonly TestAuthority _authority;
    private readonly Stack<IAsyncDisposable> _servers = new();
    private bool _isSlow = true;

    public AnyServerTests() => _authority = new TestAuthority(_certificates);

    [Theory]
    [InlineData("nginx", "sub/big.bin", 13, true)]
    [InlineData("nginx with gzip", "sub/big.bin", 13, true)]
    [InlineData("nginx without ranges", "sub/big.bin", 13, false)]
    [InlineData("nginx with TLS", "sub/big.bin", 13, true)]
    [InlineData("lighttpd", "sub/big.bin", 13, true)]
    [InlineData("caddy", "sub/big.bin", 13, true)]
    [InlineData("python", "sub/big.bin", 13, false)]
    [InlineData("rd-api", "sub/big.bin", 0, true)]
    [InlineData("rd-api behind a prefix", "files/sub/big.bin", 0, true)]
    [InlineData("rd-api behind a prefix, not buffered", "files/sub/big.bin", 0, true)]
    [InlineData("rd-api behind a redirect", "sub/big.bin", 0, true)]
    [InlineData("rd-api 1.x", "zeros-5000000.bin", 0, true)]
    [InlineData("rd-api 1.x behind a prefix", "files/zeros-5000000.bin", 0, true)]
    public async Task A_killed_download_goes_on_and_says_what_is_proven(string name, string path, int exitCode, bool goesOn)
    {
        Directory.CreateDirectory(_folder["root/sub"]);
        var file = path.Split('/')[^1];
        var content = name.StartsWith("rd-api 1.x", StringComparison.Ordinal) ? new byte[RecordedServer.Size] : SampleFile.Create(_folder["root/sub/big.bin"], Size);
        if (File.Exists(_folder["root/sub/big.bin"]))
            File.SetLastWriteTimeUtc(_folder["root/sub/big.bin"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        var line = Line(await StartAsync(name));
        string[] arguments = name.EndsWith("TLS", StringComparison.Ordinal) ? ["--cacert", _authority.CertificateFile, $"https://{line}/{path}"] : [$"http://{line}/{path}"];

        await KillInTheMiddleAsync(file, arguments, goesOn);
        _isSlow = false;
        var end = await RdProcess.RunAsync(_folder, arguments);
        var again = await RdProcess.RunAsync(_folder, ["--allow-unproven", .. arguments]);
        await using var piped = RdProcess.StartInShell(_folder, "exec \"$0\" -q -O - \"$@\" >piped", arguments);

        Assert.True(exitCode == end.ExitCode, end.Error);
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder[file], TestContext.Current.CancellationToken));
        Assert.Contains(exitCode == 0 ? name.StartsWith("rd-api 1.x", StringComparison.Ordinal) ? ", proven by SHA-1: " : ", proven by SHA-256: " : ", complete, NOT PROVEN: the server gives no digests; what arrived has SHA-256 ", end.Error);
        Assert.Equal(goesOn, end.Error.Contains("of it from before"));
        Assert.Equal(!goesOn, end.Error.Contains("one connection"));
        Assert.False(Directory.Exists(_folder[".blocks"]));
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("already complete", again.Error);
        Assert.Equal(new RdEnd(exitCode, "", ""), await piped.EndAsync());
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder["piped"], TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        _authority.Dispose();
        _certificates.Dispose();
        _folder.Dispose();
    }

    private async Task KillInTheMiddleAsync(string file, string[] arguments, bool goesOn)
    {
        var (data, journal) = (_folder[$".blocks/{file}/data"], _folder[$".blocks/{file}/journal"]);
        await using var rd = RdProcess.Start(_folder, arguments);
        await Eventually.IsTrueAsync(
            () => File.Exists(data) && File.Exists(journal) && (!goesOn || File.ReadLines(journal).Any(row => row.Length > 0 && char.IsAsciiDigit(row[0]))), "something is there");
        rd.Send(Signal.Kill);
        Assert.Equal(128 + (int)Signal.Kill, await rd.WaitForExitAsync());
    }

    private async Task<EndPoint> StartAsync(string name)
    {
        var root = _folder["root"];
        var server = name switch
        {
            "nginx" => await WebServer.NginxAsync($"root {root};"),
            "nginx with gzip" => await WebServer.NginxAsync($"root {root}; gzip on; gzip_types *; gzip_min_length 1;"),
            "nginx with TLS" => await WebServer.NginxAsync($"root {root}; {TestAuthority.Nginx(_authority.Sign("127.0.0.1"))}", listen: "ssl"),
            "nginx without ranges" => await WebServer.NginxAsync($"root {root}; max_ranges 0;"),
            "lighttpd" => await WebServer.LighttpdAsync(root),
            "caddy" => await WebServer.CaddyAsync(root),
            "python" => await WebServer.PythonAsync(root),
            _ => null,
        };
        if (server is not null)
            return Added(server).EndPoint;

        if (name.StartsWith("rd-api 1.x", StringComparison.Ordinal))
        {
            var recorded = Added(await RecordedServer.StartAsync()).EndPoint;
            return name == "rd-api 1.x" ? recorded : Added(await WebServer.NginxAsync($"location /files/ {{ proxy_pass http://{recorded}/; }}")).EndPoint;
        }

        var api = Added(await RdApiProcess.StartAsync(root));
        var behind = new IPEndPoint(IPAddress.Loopback, api.BaseAddress.Port);
        return name switch
        {
            "rd-api" => behind,
            "rd-api behind a redirect" => Added(await WebServer.NginxAsync($"return 302 http://{Line(behind)}$request_uri;")).EndPoint,
            _ => Added(await WebServer.NginxAsync(
                $"location /files/ {{ proxy_pass http://{behind}/; proxy_http_version 1.1; proxy_buffering {(name.EndsWith("not buffered") ? "off" : "on")}; }}")).EndPoint,
        };
    }

    // Slow enough that a download can be killed in the middle.
    private string Line(EndPoint server) =>
        Added(Relay.To(server, _ => _isSlow ? new RelayScript { BytesPerSecond = 1_000_000 } : RelayScript.Clean)).Through(new Uri("http://127.0.0.1/")).Authority;

    private T Added<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Push(server);
        return server;
    }
}
