using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Headers;

/// <summary>What scripts of other sites may read.</summary>
public sealed class CrossOriginTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private const string Site = "https://app.example";

    // Reads a part of a file, with a header that no simple request has, and says what it saw.
    private const string Script = """
        async url => {
          try {
            const response = await fetch(url, { headers: { Range: 'bytes=1-3', 'If-Range': '"x"', Authorization: 'Bearer token' } });
            return `${response.status} ${response.headers.get('ETag') ? 'tagged' : ''} ${response.headers.get('Link') ? 'linked' : ''} ${await response.text()}`;
          } catch (error) {
            return 'refused';
          }
        }
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_browser_lets_the_named_site_read_and_no_other()
    {
        await using var page = await StartAsync();
        var origin = page.BaseAddress.GetLeftPart(UriPartial.Authority);
        await using var named = await StartAsync("--cors", "https://else.example", "--cors", origin);
        await using var any = await StartAsync("--cors", "*");
        await using var other = await StartAsync("--cors", "https://else.example");
        await using var none = await StartAsync();
        var window = await chromium.OpenAsync();
        // rd-api's own pages let no script ask elsewhere.
        await window.GotoAsync($"{page.BaseAddress}page.html");
        foreach (var server in (RdApiProcess[])[named, any])
            Assert.Equal("200 tagged linked content", await window.EvaluateAsync<string>(Script, $"{server.BaseAddress}file"));
        foreach (var server in (RdApiProcess[])[other, none])
            Assert.Equal("refused", await window.EvaluateAsync<string>(Script, $"{server.BaseAddress}file"));
    }

    [Fact]
    public async Task All_responses_are_readable_also_errors_and_refusals()
    {
        File.WriteAllText(_folder["users"], $"/** ci\nci:sha256:{new string('0', 64)}\n/file *\n");
        await using var server = await StartAsync("--cors", Site, "--auth-file", _folder["users"], "--access-log", "-");
        foreach (var (target, status) in ((string, HttpStatusCode)[])
            [("file", HttpStatusCode.OK), ("rd/file", HttpStatusCode.OK), ("rd/", HttpStatusCode.OK), ("none", HttpStatusCode.Unauthorized)])
        {
            using var response = await AskAsync(server, HttpMethod.Get, target, Site);
            Assert.Equal((status, Site), (response.StatusCode, response.Headers.GetValues("Access-Control-Allow-Origin").Single()));
            Assert.Contains("ETag", response.Headers.GetValues("Access-Control-Expose-Headers").Single());
        }

        using var stranger = await AskAsync(server, HttpMethod.Get, "file", "https://app.example.evil.example");
        Assert.False(stranger.Headers.Contains("Access-Control-Allow-Origin"));
        using var direct = await server.Client.GetAsync("file", TestContext.Current.CancellationToken);
        Assert.False(direct.Headers.Contains("Access-Control-Allow-Origin"));
        // So that a cache between them does not answer the site with this.
        Assert.Contains("Origin", direct.Headers.Vary);
    }

    [Fact]
    public async Task A_preflight_needs_no_login_allows_reading_alone_and_is_logged()
    {
        File.WriteAllText(_folder["users"], $"ci:sha256:{new string('0', 64)}\n");
        await using var server = await StartAsync("--cors", Site, "--auth-file", _folder["users"], "--access-log", "-");
        using var response = await AskAsync(server, HttpMethod.Options, "file", Site, "GET");
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("authorization,range", response.Headers.GetValues("Access-Control-Allow-Headers").Single());
        Assert.Equal("7200", response.Headers.GetValues("Access-Control-Max-Age").Single());
        await server.Process.Output.WaitForAsync("\"OPTIONS /file HTTP/1.1\" 204");
        using var put = await AskAsync(server, HttpMethod.Options, "file", Site, "PUT");
        Assert.DoesNotContain("PUT", string.Join(' ', put.Headers.TryGetValues("Access-Control-Allow-Methods", out var methods) ? methods : []));
        using var many = await AskAsync(server, HttpMethod.Options, "rd/", Site, "POST");
        Assert.Contains("POST", many.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
        using var plain = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Options, "file"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, plain.StatusCode);
    }

    [Fact]
    public async Task A_preflight_where_no_site_is_named_is_logged_once()
    {
        File.WriteAllText(_folder["config"], "");
        await using var server = await StartAsync("--config", _folder["config"], "--access-log", "-");
        using var preflight = await AskAsync(server, HttpMethod.Options, "file", Site, "GET");
        using var next = await server.Client.GetAsync("next", TestContext.Current.CancellationToken);
        await server.Process.Output.WaitForAsync("\"GET /next HTTP/1.1\"");
        Assert.Single(server.Process.Output.Lines, line => line.Contains("\"OPTIONS /file HTTP/1.1\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Preflights_are_limited_as_other_requests_are_and_scripts_can_read_so()
    {
        await using var server = await StartAsync("--cors", Site, "--limit-requests", "1", "--access-log", "-");
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var preflight = await AskAsync(server, HttpMethod.Options, "file", Site, "GET");
                return preflight.StatusCode == HttpStatusCode.TooManyRequests;
            },
            "too many preflights came");
        await server.Process.Output.WaitForAsync("\"OPTIONS /file HTTP/1.1\" 429");
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var refused = await AskAsync(server, HttpMethod.Get, "file", Site);
                Assert.Equal(Site, refused.Headers.GetValues("Access-Control-Allow-Origin").Single());
                return refused.StatusCode == HttpStatusCode.TooManyRequests;
            },
            "too many requests came");
    }

    [Theory]
    [InlineData("app.example")]
    [InlineData("https://app.example/path")]
    [InlineData("ftp://app.example")]
    [InlineData("null")]
    public Task What_is_no_origin_is_2_and_one_sentence(string origin) => RdApiProcess.RefusesAsync("--cors", _folder.Path, "--cors", origin);

    private Task<RdApiProcess> StartAsync(params string[] arguments)
    {
        Directory.CreateDirectory(_folder["files"]);
        File.WriteAllText(_folder["files/file"], "content");
        File.WriteAllText(_folder["files/page.html"], "<title>page</title>");
        return RdApiProcess.StartAsync(_folder["files"], arguments);
    }

    private static Task<HttpResponseMessage> AskAsync(RdApiProcess server, HttpMethod method, string target, string origin, string? wanted = null)
    {
        var request = new HttpRequestMessage(method, target) { Headers = { { "Origin", origin } } };
        if (wanted is not null)
        {
            request.Headers.Add("Access-Control-Request-Method", wanted);
            request.Headers.Add("Access-Control-Request-Headers", "authorization,range");
        }

        return server.Client.SendAsync(request);
    }
}
