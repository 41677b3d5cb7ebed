using System.Net;
using System.Security.Cryptography;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Routing;

/// <summary>A server that has only a part of its host, behind a proxy that passes paths on as they are.</summary>
public sealed class PathPrefixTests : IAsyncLifetime
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _other = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private RdApiProcess? _server;

    private RdApiProcess Server => _server!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_root["folder"]);
        File.WriteAllText(_root["folder/file"], "content");
        File.WriteAllBytes(_other["key"], RandomNumberGenerator.GetBytes(32));
        File.WriteAllText(_other["users"], $"/** *\n/private/** ci\nci:sha256:{new string('0', 64)}\n");
        Directory.CreateDirectory(_root["private"]);
        File.WriteAllText(_root["private/file"], "secret");
        _server = await RdApiProcess.StartAsync(
            _root.Path, "--path-prefix", "/pub/files/", "--access-log", "-", "--key-file", _other["key"], "--auth-file", _other["users"]);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Server.DisposeAsync();
        _other.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task Everything_is_below_it_and_nothing_beside()
    {
        foreach (var target in (string[])
        [
            "/pub/files/folder/file",
            "/pub/files/rd/folder/file",
            "/pub/files/rd/",
            "/pub/files/rd/ready",
            "/pub/files/",
            "/pub/files/?json",
            "/pub/files/SHA256SUMS",
            "http://x/pub/files/folder/file?x"
        ])
            Assert.StartsWith("HTTP/1.1 200 ", await RawConnection.GetAsync(Server.BaseAddress, target));
        foreach (var target in (string[])["/pub/files/../folder/file", "/pub/filesfolder/file", "/pub/", "/folder/file", "/rd/", "/rd/folder/file", "/"])
            Assert.StartsWith("HTTP/1.1 404 ", await RawConnection.GetAsync(Server.BaseAddress, target));
    }

    [Fact]
    public async Task Redirects_stay_below_it()
    {
        foreach (var (target, location) in ((string, string)[])
        [
            ("/pub/files", "/pub/files/"),
            ("/pub/files?json", "/pub/files/?json"),
            ("/pub/files/folder?json", "./folder/?json")
        ])
        {
            using var response = await _client.GetAsync(new Uri(Server.BaseAddress, target));
            Assert.Equal((HttpStatusCode.PermanentRedirect, location), (response.StatusCode, response.Headers.Location!.OriginalString));
        }

        Assert.StartsWith("HTTP/1.1 400 ", await RawConnection.GetAsync(Server.BaseAddress, "/pub/files?\u0001"));
    }

    [Fact]
    public async Task What_is_beside_it_has_the_operators_headers_and_is_limited_too()
    {
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--path-prefix", "/pub/files", "--header", "X-Frame-Options: DENY", "--limit-requests", "1");
        foreach (var target in (string[])["/beside", "/pub/files", "/pub/files?\u0001"])
            Assert.Contains("\r\nX-Frame-Options: DENY\r\n", await RawConnection.GetAsync(server.BaseAddress, target));
        await Eventually.IsTrueAsync(
            async () => (await RawConnection.GetAsync(server.BaseAddress, "/beside")).StartsWith("HTTP/1.1 429 ", StringComparison.Ordinal), "too many requests came");
    }

    [Fact]
    public async Task Links_in_pages_headers_and_Metalinks_lead_below_it()
    {
        var file = new Uri(Server.BaseAddress, "/pub/files/folder/file");
        using var response = await _client.GetAsync(file);
        var metadata = new Uri(file, response.Headers.GetValues("Link").Single().Split('<')[1].Split('>')[0]);
        Assert.Equal("/pub/files/rd/folder/file", metadata.AbsolutePath);
        using var asked = new HttpRequestMessage(HttpMethod.Get, $"{file}?meta4");
        asked.Headers.Add("Prefer", "wait=60");
        using var metalink = await _client.SendAsync(asked);
        Assert.Contains($">{file}<", await metalink.Content.ReadAsStringAsync());
        using var page = new HttpRequestMessage(HttpMethod.Get, $"{file}?details") { Headers = { { "Accept", "text/html" }, { "Accept-Language", "en" } } };
        using var shown = await _client.SendAsync(page);
        var html = await shown.Content.ReadAsStringAsync();
        Assert.Contains($"rd {file}", html);
        var style = new Uri(new Uri($"{file}?details"), html.Split("<link rel=\"stylesheet\" href=\"")[1].Split('"')[0]);
        Assert.Equal("text/css", (await _client.GetAsync(style)).Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task The_access_log_has_the_path_that_the_client_asked_for()
    {
        await RawConnection.GetAsync(Server.BaseAddress, "/pub/files/folder/file?logged");
        await RawConnection.GetAsync(Server.BaseAddress, "/elsewhere?logged");
        await Server.Process.Output.WaitForAsync("\"GET /pub/files/folder/file?logged HTTP/1.1\" 200 7 ");
        await Server.Process.Output.WaitForAsync("\"GET /elsewhere?logged HTTP/1.1\" 404 ");
    }

    [Fact]
    public async Task Rd_downloads_and_proves_files_and_folders()
    {
        var end = await RdProcess.RunAsync(_other, "--require-proof", new Uri(Server.BaseAddress, "/pub/files/folder/file").AbsoluteUri);
        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal("content", File.ReadAllText(_other["file"]));
        var all = await RdProcess.RunAsync(_other, "--recursive", new Uri(Server.BaseAddress, "/pub/files/folder/").AbsoluteUri);
        Assert.True(all.ExitCode == 0, all.Error);
        Assert.Equal("content", File.ReadAllText(_other["folder/file"]));
    }

    [Fact]
    public async Task A_signed_link_has_it_and_so_has_the_cookie_that_it_leaves()
    {
        await using var link = ProcessRunner.Start("rd-api", ["link", "--key-file", _other["key"], "--path-prefix", "/pub/files", $"{Server.BaseAddress}pub/files/private/"]);
        Assert.Equal(0, await link.WaitForExitAsync());
        var url = new Uri(link.Output.Text.Trim());
        using var refused = await _client.GetAsync(new Uri(url, "file"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var listing = await _client.GetAsync(url);
        Assert.Contains("Path=/pub/files/private;", listing.Headers.GetValues("Set-Cookie").Single());
        Assert.Equal("secret", await _client.GetStringAsync(new Uri(url, "file")));
        await RdApiProcess.RefusesAsync("/private/", "link", "--key-file", _other["key"], "--path-prefix", "/pub/files", "/private/");
    }

    [Theory]
    [InlineData("files")]
    [InlineData("/a//b")]
    [InlineData("/a/../b")]
    [InlineData("/%61")]
    [InlineData("/a b")]
    public Task What_cannot_be_one_is_2_and_one_sentence(string prefix) => RdApiProcess.RefusesAsync("--path-prefix", _root.Path, "--path-prefix", prefix);
}
