using System.Net;
using System.Security.Cryptography;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>Copies that do not have the same times, on servers that name versions by content.</summary>
public sealed class VersionFromContentTests : IAsyncLifetime
{
    private const int Size = (24 << 20) + 321;

    private static readonly string[] Content = ["--version-from", "content"];

    private readonly TempFolder _folder = new();
    private byte[] _bytes = [];

    private string ContentTag => $"\"sha256-{Convert.ToHexStringLower(SHA256.HashData(_bytes))}\"";

    public ValueTask InitializeAsync()
    {
        foreach (var (copy, year) in (ReadOnlySpan<(string, int)>)[("one", 2001), ("two", 2002)])
        {
            Directory.CreateDirectory(_folder[copy]);
            _bytes = SampleFile.Create(_folder[$"{copy}/big.bin"], Size);
            File.SetLastWriteTimeUtc(_folder[$"{copy}/big.bin"], new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Two_copies_have_one_version_once_they_are_hashed()
    {
        await using var one = await RdApiProcess.StartAsync(_folder["one"], Content);
        await using var two = await RdApiProcess.StartAsync(_folder["two"], Content);
        Assert.NotEqual(await TagAsync(one), await TagAsync(two));

        foreach (var server in (RdApiProcess[])[one, two])
        {
            await HashAsync(server);
            // By every way, also the short one that the server takes for a file that it has served before.
            for (var time = 0; time < 3; time++)
                Assert.Equal(ContentTag, await TagAsync(server));
            Assert.Equal(ContentTag.Trim('"'), await StreamVersionAsync(server));
            Assert.Contains(ContentTag.Trim('"'), await server.Client.GetStringAsync("big.bin?details", TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.PartialContent, (await AskAsync(server, ("Range", "bytes=5-9"), ("If-Range", ContentTag))).Status);
        }
    }

    [Fact]
    public async Task A_client_that_knows_a_file_by_its_time_goes_on_with_that()
    {
        await using var server = await RdApiProcess.StartAsync(_folder["one"], Content);
        var byTime = await TagAsync(server);
        await HashAsync(server);

        Assert.Equal((HttpStatusCode.PartialContent, byTime), await AskAsync(server, ("Range", "bytes=5-9"), ("If-Range", byTime)));
        Assert.Equal((HttpStatusCode.OK, byTime), await AskAsync(server, ("If-Match", byTime)));
        Assert.Equal((HttpStatusCode.NotModified, byTime), await AskAsync(server, ("If-None-Match", $"\"x\", {byTime}")));
        Assert.Equal(byTime.Trim('"'), await StreamVersionAsync(server, $"?version={byTime.Trim('"')}"));
        Assert.Equal((HttpStatusCode.OK, ContentTag), await AskAsync(server, ("Range", "bytes=5-9"), ("If-Range", "\"x\"")));
        using var stranger = await server.Client.AskForStreamAsync("big.bin?version=x");
        Assert.Equal(HttpStatusCode.Conflict, stranger.StatusCode);
    }

    [Fact]
    public async Task After_a_restart_the_first_answer_knows_it()
    {
        using var cache = new TempFolder();
        string[] arguments = [.. Content, "--cache", cache["digests.db"]];
        await using (var server = await RdApiProcess.StartAsync(_folder["one"], arguments))
        {
            await HashAsync(server);
            server.Process.Send(Signal.Terminate);
            Assert.Equal(0, await server.Process.WaitForExitAsync());
        }

        await using var again = await RdApiProcess.StartAsync(_folder["one"], arguments);
        Assert.Equal(ContentTag.Trim('"'), await StreamVersionAsync(again));
        await using var third = await RdApiProcess.StartAsync(_folder["one"], arguments);
        Assert.Equal(ContentTag, await TagAsync(third));
    }

    [Fact]
    public async Task A_file_that_changes_gets_another_version()
    {
        await using var server = await RdApiProcess.StartAsync(_folder["one"], Content);
        await HashAsync(server);
        await using (var file = new FileStream(_folder["one/big.bin"], FileMode.Open))
            file.Write([1, 2, 3]);
        // The old time again: only the change time shows it.
        File.SetLastWriteTimeUtc(_folder["one/big.bin"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        Assert.NotEqual(ContentTag, await TagAsync(server));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, ("Range", "bytes=5-9"), ("If-Range", ContentTag))).Status);
    }

    [Fact]
    public async Task A_download_through_a_balancer_takes_ranges_from_both()
    {
        string[] log = ["--access-log", "-"];
        await using var one = await RdApiProcess.StartAsync(_folder["one"], [.. Content, .. log]);
        await using var two = await RdApiProcess.StartAsync(_folder["two"], [.. Content, .. log]);
        await HashAsync(one);
        await HashAsync(two);
        // One of them gets a connection's first request, the other the second.
        await using var balancer = await WebServer.NginxAsync(
            $"location / {{ if ($connection_requests ~ '[02468]$') {{ proxy_pass {one.BaseAddress.AbsoluteUri.TrimEnd('/')}; }} proxy_pass {two.BaseAddress.AbsoluteUri.TrimEnd('/')}; }}");

        await using var line = Relay.To(balancer.EndPoint, _ => RelayScript.Clean);

        using var target = new TempFolder();
        var end = await RdProcess.RunAsync(target, line.Through(new Uri("http://127.0.0.1/big.bin")).AbsoluteUri);

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(_bytes, await File.ReadAllBytesAsync(target["big.bin"], TestContext.Current.CancellationToken));
        foreach (var server in (RdApiProcess[])[one, two])
        {
            await server.Process.Output.WaitForAsync("GET /big.bin HTTP/1.0\" 206 ");
            Assert.DoesNotContain("GET /big.bin HTTP/1.0\" 200 ", server.Process.Output.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Conditions_may_use_both_names()
    {
        await using var server = await RdApiProcess.StartAsync(_folder["one"], Content);
        var byTime = await TagAsync(server);
        await HashAsync(server);

        Assert.Equal(HttpStatusCode.NotModified, (await AskAsync(server, ("If-Match", ContentTag), ("If-None-Match", byTime))).Status);
        Assert.Equal(HttpStatusCode.PartialContent, (await AskAsync(server, ("If-Match", byTime), ("Range", "bytes=5-9"), ("If-Range", ContentTag))).Status);
        Assert.Equal(HttpStatusCode.PartialContent, (await AskAsync(server, ("If-Match", ContentTag), ("Range", "bytes=5-9"), ("If-Range", byTime))).Status);
    }

    [Theory]
    [InlineData("rd/big.bin")]
    [InlineData("big.bin?meta4")]
    public async Task Nobody_can_take_the_name_away_for_good(string asked)
    {
        await using var server = await RdApiProcess.StartAsync(_folder["one"], Content);
        await HashAsync(server);
        using var distrustful = new HttpRequestMessage(HttpMethod.Get, asked);
        distrustful.Headers.Add("Cache-Control", "no-cache");
        using var answer = await server.Client.SendAsync(distrustful, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        await Eventually.IsTrueAsync(async () => await TagAsync(server) == ContentTag, "the file has been hashed again");
    }

    [Fact]
    public async Task Many_files_without_it_do_not_make_a_distant_Redis_seem_away()
    {
        const int Files = 140;
        await using var redis = await RedisServer.StartAsync();
        await using var line = new FarLine(new IPEndPoint(IPAddress.Loopback, redis.Port), TimeSpan.FromMilliseconds(25));
        for (var file = 0; file < Files; file++)
            SampleFile.Create(_folder[$"one/{file}"], 10);
        await using var server = await RdApiProcess.StartAsync(_folder["one"], [.. Content, "--redis", $"redis://{line.Authority}"]);

        var answers = await Task.WhenAll(Enumerable.Range(0, Files).Select(file => server.Client.GetStringAsync($"{file}", TestContext.Current.CancellationToken)));

        Assert.Equal(Files, answers.Length);
        Assert.DoesNotContain(server.Process.Error.Lines, told => told.Contains("does not answer", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/rd/ready", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public Task What_is_neither_is_refused() => RdApiProcess.RefusesAsync("must be time or content", "--version-from", "size");

    private static async Task HashAsync(RdApiProcess server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "big.bin");
        request.Headers.Add("Want-Repr-Digest", "sha-256=1");
        request.Headers.Add("Prefer", "wait=60");
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(answer.Headers.Contains("Repr-Digest"), "the file was hashed");
    }

    private static async Task<string> TagAsync(RdApiProcess server) => (await AskAsync(server)).Tag;

    private static async Task<(HttpStatusCode Status, string Tag)> AskAsync(RdApiProcess server, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "big.bin");
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        using var answer = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return (answer.StatusCode, answer.Headers.ETag!.ToString());
    }

    private static async Task<string> StreamVersionAsync(RdApiProcess server, string query = "")
    {
        await foreach (var line in server.Client.StreamAsync("big.bin" + query))
            return Assert.IsType<StreamLine.File>(line).Version!.Value.Text;
        return "";
    }
}
