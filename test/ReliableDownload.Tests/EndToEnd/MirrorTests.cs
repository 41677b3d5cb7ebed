using System.Net;
using System.Security.Cryptography;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>Several real servers have the file; some of them are slow, gone, wrong or of yesterday.</summary>
public sealed class MirrorTests : IAsyncDisposable
{
    private const int Size = (24 << 20) + 321;
    private const int PieceLength = 1 << 20;

    private readonly TempFolder _folder = new();
    private readonly Stack<IAsyncDisposable> _servers = new();
    private readonly List<Relay> _lines = [];
    private readonly List<string> _events = [];
    private readonly byte[] _content;

    public MirrorTests()
    {
        foreach (var name in (string[])["good", "old", "same-size"])
            Directory.CreateDirectory(_folder[name]);
        _content = SampleFile.Create(_folder["good/big.bin"], Size);
        SampleFile.Create(_folder["old/big.bin"], Size - 5);
        var other = (byte[])_content.Clone();
        for (var i = 0; i < other.Length; i += 100_000)
            other[i] ^= 1;
        File.WriteAllBytes(_folder["same-size/big.bin"], other);
    }

    [Theory]
    [InlineData("nginx", "rd-api")]
    [InlineData("dead", "nginx")]
    [InlineData("old", "nginx")]
    [InlineData("wrong", "nginx")]
    [InlineData("nginx", "wrong", "dead", "old", "missing")]
    public async Task With_a_Metalink_s_pieces_the_file_is_right_whatever_else_there_is(params string[] mirrors)
    {
        var urls = await StartAsync(mirrors);

        var result = await DownloadAsync(urls[0], new DownloadOptions { Description = Metalink(urls) });

        Assert.Equal("", result.Message);
        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        Assert.True(mirrors[0] != "wrong" || _events.Exists(told => told.Contains("wrong bytes", StringComparison.Ordinal)), "nothing was said of the wrong one");
        AssertIsRight();
    }

    [Theory]
    [InlineData("nginx", "rd-api", "nginx")]
    [InlineData("dead", "nginx")]
    [InlineData("missing", "nginx", "dead")]
    [InlineData("nginx", "old", "nginx")]
    public async Task Without_digests_of_blocks_the_whole_digest_decides(params string[] mirrors)
    {
        var urls = await StartAsync(mirrors);

        var result = await DownloadAsync(urls[0], new DownloadOptions { Mirrors = urls[1..], Checksum = WholeChecksum() });

        Assert.Equal("", result.Message);
        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        AssertIsRight();
    }

    [Fact]
    public async Task One_with_other_bytes_of_the_same_size_is_outvoted()
    {
        var urls = await StartAsync("nginx", "wrong", "nginx", "nginx");

        var result = await DownloadAsync(urls[0], new DownloadOptions { Mirrors = urls[1..], Checksum = WholeChecksum(), Connections = 8 });

        Assert.True(result.Outcome == DownloadOutcome.Complete, result.Message);
        AssertIsRight();
    }

    [Fact]
    public async Task A_slow_one_does_not_hold_up_a_good_one()
    {
        var urls = await StartAsync("nginx at 8 MB/s", "nginx at 0.05 MB/s");

        var result = await DownloadAsync(urls[0], new DownloadOptions { Description = Metalink(urls) });

        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        AssertIsRight();
        // The good one alone needs 3.2 s; the first piece, of 2 MiB, would take the slow one 42 s.
        Assert.True(result.Elapsed < TimeSpan.FromSeconds(25), $"{result.Elapsed.TotalSeconds} s: {string.Join("\n", _events)}");
    }

    [Fact]
    public async Task Two_lines_bring_what_both_can_carry()
    {
        var urls = await StartAsync("nginx at 4 MB/s", "nginx at 4 MB/s");

        // How long it takes is up to this machine. On a busy one one of them may get its turn late, but not each time.
        await Eventually.IsTrueAsync(
            async () =>
            {
                File.Delete(_folder["got"]);
                var before = _lines.ConvertAll(line => line.Bytes);
                var result = await DownloadAsync(urls[0], new DownloadOptions { Description = Metalink(urls) });
                Assert.Equal(DownloadOutcome.Complete, result.Outcome);
                AssertIsRight();
                return _lines.Zip(before).All(line => line.First.Bytes - line.Second > Size / 4);
            },
            "each of them brought its share");
    }

    [Fact]
    public async Task Where_none_has_the_file_that_is_said_and_not_waited_for()
    {
        var urls = await StartAsync("missing", "old");

        var result = await DownloadAsync(urls[0], new DownloadOptions { Description = Metalink(urls) });

        Assert.True(result.Outcome is DownloadOutcome.NotProven or DownloadOutcome.Http, result.Message);
        Assert.Contains(_events, told => told.Contains("another version", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_names_others_is_believed_as_far_as_digests_prove_them()
    {
        var others = await StartAsync("nginx", "wrong");
        var api = Added(await RdApiProcess.StartAsync(_folder["good"]));
        var links = string.Join(", ", others.Select(url => $"<{url}>; rel=duplicate"));
        var front = Added(await WebServer.NginxAsync($"location / {{ proxy_pass {api.BaseAddress}; add_header Link '{links}'; }}"));

        var result = await DownloadAsync(Through(front.EndPoint, 8_000_000), new DownloadOptions());

        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        AssertIsRight();
        Assert.True(result.WrongBlocks > 0, "the others were not asked");
    }

    [Fact]
    public async Task What_is_a_Metalink_and_not_the_file_leads_to_it()
    {
        var urls = await StartAsync("dead", "nginx");
        await File.WriteAllTextAsync(_folder["good/get"], Text(urls), TestContext.Current.CancellationToken);
        var server = Added(await WebServer.NginxAsync($"root {_folder["good"]}; default_type application/metalink4+xml;"));

        var result = await DownloadAsync(new Uri(Through(server.EndPoint, 0), "/get"), new DownloadOptions());

        Assert.Equal("", result.Message);
        Assert.Equal((DownloadOutcome.Complete, "the server's Metalink"), (result.Outcome, result.DigestSource));
        AssertIsRight();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<DownloadResult> DownloadAsync(Uri url, DownloadOptions options)
    {
        var all = options with
        {
            TemporaryDirectory = _folder["blocks"],
            MaxAttempts = 6,
            MaxOutage = TimeSpan.FromSeconds(2),
            Discover = false,
            OnEvent = told =>
            {
                lock (_events)
                    _events.Add(told.Message);
            },
        };
        return await new Downloader(all).DownloadAsync(url, _folder["got"], null, TestContext.Current.CancellationToken);
    }

    private void AssertIsRight() => Assert.True(_content.AsSpan().SequenceEqual(File.ReadAllBytes(_folder["got"])), "the file is another one");

    private Checksum WholeChecksum()
    {
        Assert.True(Checksum.TryParse("sha-256=" + Convert.ToHexString(SHA256.HashData(_content)), out var checksum));
        return checksum;
    }

    private MetalinkFile Metalink(IReadOnlyList<Uri> urls)
    {
        using var document = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Text(urls)));
        return ReliableDownload.Client.Metalink.ReadAsync(document).GetAwaiter().GetResult().Files[0];
    }

    private string Text(IReadOnlyList<Uri> urls) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="big.bin"><size>{Size}</size>
        <pieces length="{PieceLength}" type="sha-256">{string.Concat(_content.Chunk(PieceLength).Select(piece => $"<hash>{Convert.ToHexStringLower(SHA256.HashData(piece))}</hash>"))}</pieces>
        {string.Concat(urls.Select((url, number) => $"<url priority='{number + 1}'>{url}</url>"))}</file></metalink>
        """;

    private async Task<Uri[]> StartAsync(params string[] mirrors)
    {
        var urls = new List<Uri>();
        foreach (var mirror in mirrors)
        {
            urls.Add(mirror switch
            {
                "dead" => Through(new IPEndPoint(IPAddress.Loopback, 1), 0),
                "rd-api" => new Uri(Added(await RdApiProcess.StartAsync(_folder["good"])).BaseAddress, "/big.bin"),
                "missing" => new Uri(Through(await NginxAsync("good"), 0), "/none.bin"),
                "old" => Through(await NginxAsync("old"), 0),
                "wrong" => Through(await NginxAsync("same-size"), 0),
                "nginx at 8 MB/s" => Through(await NginxAsync("good"), 8_000_000),
                "nginx at 4 MB/s" => Through(await NginxAsync("good"), 4_000_000),
                "nginx at 0.05 MB/s" => Through(await NginxAsync("good"), 50_000),
                _ => Through(await NginxAsync("good"), 0),
            });
        }

        return [.. urls];
    }

    private async Task<EndPoint> NginxAsync(string root) => Added(await WebServer.NginxAsync($"root {_folder[root]};")).EndPoint;

    /// <summary>By way of a line of so many bytes a second; 0 for as fast as it goes.</summary>
    private Uri Through(EndPoint server, long bytesPerSecond)
    {
        _lines.Add(Added(Relay.To(server, _ => RelayScript.Clean, bytesPerSecond)));
        return _lines[^1].Through(new Uri("http://127.0.0.1/big.bin"));
    }

    private T Added<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Push(server);
        return server;
    }
}
