using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Access;

public sealed partial class SignedLinkTests : IAsyncLifetime
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private RdApiProcess? _server;

    private RdApiProcess Server => _server!;

    public async ValueTask InitializeAsync()
    {
        foreach (var name in (string[])["a b", "other", "folder/file", "folder/sub/file", "folderol"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_root[name])!);
            File.WriteAllText(_root[name], name);
        }

        File.WriteAllBytes(_files["key"], RandomNumberGenerator.GetBytes(32));
        _server = await RdApiProcess.StartAsync(_root.Path, "--key-file", _files["key"]);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Server.DisposeAsync();
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task A_link_is_good_for_its_file_and_its_metadata_and_for_nothing_else()
    {
        var (path, query) = await LinkAsync("/a b");
        Assert.Equal("/a%20b", path);
        await IsAsync(HttpStatusCode.OK, $"/a%20b?{query}", $"/rd/a%20b?{query}", $"/./a%20b?x=1&{query}");
        await IsAsync(HttpStatusCode.Forbidden, "/a%20b", "/rd/a%20b", $"/other?{query}", $"/rd/other?{query}", $"/?{query}", $"/none?{query}", "/");
        await IsAsync(HttpStatusCode.OK, "/rd/", "/rd/ready");
    }

    [Fact]
    public async Task It_leads_to_a_Metalink_whose_URL_is_good_too()
    {
        var (path, query) = await LinkAsync("/a b");
        var url = new Uri(Server.BaseAddress, $"{path}?{query}");
        using var file = await _client.GetAsync(url);
        var metalink = new Uri(url, file.Headers.GetValues("Link").Single().Split("<")[2].Split('>')[0]);
        var document = System.Xml.Linq.XDocument.Parse(await _client.GetStringAsync(metalink));
        var told = document.Descendants().Single(element => element.Name.LocalName == "url").Value;
        Assert.Equal("a b", await _client.GetStringAsync(new Uri(told)));
        await IsAsync(HttpStatusCode.Forbidden, "/a%20b?meta4", $"/other?meta4&{query}", $"/SHA256SUMS?{query}");
    }

    [Fact]
    public async Task A_link_to_a_folder_is_good_for_everything_below_and_a_browser_can_follow_its_listing()
    {
        var (_, query) = await LinkAsync("/folder/");
        await IsAsync(HttpStatusCode.OK, $"/folder/file?{query}", $"/folder/sub/file?{query}", $"/rd/folder/sub/file?{query}", $"/folder/sub/?{query}");
        await IsAsync(HttpStatusCode.PermanentRedirect, $"/folder?{query}");
        await IsAsync(HttpStatusCode.Forbidden, $"/folderol?{query}", $"/?{query}", $"/folder/../other?{query}");
        // The client keeps cookies, as browsers do.
        await IsAsync(HttpStatusCode.Forbidden, "/folder/file");
        await IsAsync(HttpStatusCode.OK, "/folder/sub/file", $"/folder/?{query}", "/folder/file", "/folder/sub/");
        await IsAsync(HttpStatusCode.Forbidden, "/folderol", "/other");
    }

    [Fact]
    public async Task All_links_of_its_pages_are_good_without_a_cookie()
    {
        var (path, query) = await LinkAsync("/folder/");
        using var visitor = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        visitor.DefaultRequestHeaders.Add("Accept", "text/html");
        visitor.DefaultRequestHeaders.Add("Accept-Language", "en");
        var seen = new HashSet<Uri> { new(Server.BaseAddress, $"{path}?{query}") };
        for (var left = new Queue<Uri>(seen); left.TryDequeue(out var url);)
        {
            using var answer = await visitor.GetAsync(url);
            Assert.True(answer.IsSuccessStatusCode, $"{url} is {answer.StatusCode}");
            if (answer.Content.Headers.ContentType?.MediaType != "text/html")
                continue;
            foreach (Match match in Link.Matches(await answer.Content.ReadAsStringAsync()))
            {
                var link = new Uri(url, WebUtility.HtmlDecode(match.Groups["url"].Value));
                if (link.AbsolutePath.StartsWith("/folder/", StringComparison.Ordinal) && seen.Add(link))
                    left.Enqueue(link);
            }
        }

        // Both files, the folder in it in several orders, details, tars.
        Assert.InRange(seen.Count, 12, 100);
        Assert.Contains(seen, url => url.PathAndQuery == $"/folder/sub/file?details&{query}");
        Assert.Contains("aria2c --follow-metalink=mem &#x27;", await visitor.GetStringAsync(new Uri(Server.BaseAddress, $"/folder/sub/file?details&{query}")));
    }

    [Fact]
    public async Task Whatever_is_changed_in_a_link_breaks_it()
    {
        var (_, query) = await LinkAsync("/other");
        var expires = long.Parse(query.Split('=', '&')[1], CultureInfo.InvariantCulture);
        var signature = query.Split("signature=")[1];
        await IsAsync(HttpStatusCode.OK, $"/other?expires={expires}&signature={signature}");
        foreach (var wrong in (string[])
        [
            $"expires={expires + 1}&signature={signature}", $"expires=+{expires}&signature={signature}", $"signature={signature}", $"expires={expires}", "expires=x&signature=y",
            $"expires={expires}&signature={(signature[0] == 'A' ? 'B' : 'A')}{signature[1..]}", $"expires={expires}&signature={signature[..^2]}", $"expires={expires}&signature=",
            $"expires={expires}&signature={signature}&signature={signature}", $"expires={expires}&signature={signature}%0A", $"expires={expires}&signature=%20{signature}",
        ])
            await IsAsync(HttpStatusCode.Forbidden, $"/other?{wrong}");
    }

    [Fact]
    public async Task A_line_break_behind_a_link_to_a_folder_breaks_it_and_nothing_else()
    {
        var (path, query) = await LinkAsync("/folder/");
        await IsAsync(HttpStatusCode.Forbidden, $"{path}?{query}%0A", $"{path}?{query}%0D%0AX:%20y");
    }

    [Fact]
    public async Task It_expires_and_a_new_key_revokes_it()
    {
        var (_, shortQuery) = await LinkAsync("/other", "--expires", "1");
        await Eventually.IsTrueAsync(() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() >= long.Parse(shortQuery.Split('=', '&')[1], CultureInfo.InvariantCulture), "a second passed");
        await IsAsync(HttpStatusCode.Forbidden, $"/other?{shortQuery}");
        var (_, query) = await LinkAsync("/other");
        await IsAsync(HttpStatusCode.OK, $"/other?{query}");
        File.WriteAllBytes(_files["key"], RandomNumberGenerator.GetBytes(33));
        await Server.Process.Error.WaitForAsync("the changed files say");
        await IsAsync(HttpStatusCode.Forbidden, $"/other?{query}");
    }

    [Fact]
    public async Task Rd_downloads_by_a_link_and_proves_what_it_gets()
    {
        SampleFile.Create(_root["big"], 5 << 20);
        var link = (await RunAsync("--key-file", _files["key"], "--expires", "7d", $"{Server.BaseAddress}big")).Output.Trim();
        var rd = await RdProcess.RunAsync(_files, "--require-proof", link);
        Assert.True(rd.ExitCode == 0, rd.Error);
        Assert.Equal(File.ReadAllBytes(_root["big"]), File.ReadAllBytes(_files["big"]));
    }

    [Fact]
    public async Task No_log_and_no_status_page_shows_a_signature()
    {
        var (path, query) = await LinkAsync("/folder/");
        var secret = query.Split("signature=")[1];
        await using var server = await RdApiProcess.StartAsync(
            _root.Path, "--key-file", _files["key"], "--access-log", _files["log"], "--access-log-format", "combined", "--metrics-listen", "127.0.0.1:0", "-v");
        SampleFile.Create(_root["folder/big"], 32 << 20);
        await using var running = await RawConnection.OpenAsync(server.BaseAddress, receiveBuffer: 64 << 10);
        await running.SendAsync($"GET {path}big?{query} HTTP/1.1\r\nHost: x\r\n\r\n");
        await running.ReadAsync(1000);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.BaseAddress, $"{path}file?x=1&expires={query.Split('=', '&')[1]}&Signature={secret}&y=2"));
        request.Headers.Referrer = new Uri(server.BaseAddress, $"{path}?{query}");
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        await Eventually.IsTrueAsync(() => File.ReadAllText(_files["log"]).Contains("y=2", StringComparison.Ordinal), "the request is logged");
        var status = (await server.Process.Error.WaitForAsync("status at ")).Split("status at ")[1];
        var pages = await server.Client.GetStringAsync(status, TestContext.Current.CancellationToken) + await server.Client.GetStringAsync($"{status}?json", TestContext.Current.CancellationToken);
        Assert.Contains("/folder/big?expires=", pages);
        Assert.Contains("&Signature=***&y=2 HTTP/1.1\"", File.ReadAllText(_files["log"]));
        Assert.Contains("&signature=***\"", File.ReadAllText(_files["log"]));
        Assert.DoesNotContain(secret, pages + File.ReadAllText(_files["log"]) + server.Process.Error.Text);
    }

    [Theory]
    [InlineData("link", "Prints a link", "<PATH>")]
    [InlineData("hash", "Hashes files ahead of time", "[<PATH>...]")]
    public async Task A_command_has_help_of_its_own(string command, string description, string argument)
    {
        await using var program = ProcessRunner.Start("rd-api", [command, "--help"]);
        var end = await program.EndAsync();
        Assert.StartsWith($"Description:\n  {description}", end.Output);
        Assert.Contains($"\nUsage:\n  rd-api {command} {argument} [options]\n", end.Output);
        await using var wrong = ProcessRunner.Start("rd-api", [command, "--wrong"]);
        Assert.EndsWith($" Try rd-api {command} --help.\n", (await wrong.EndAsync()).Error);
    }

    [Theory]
    [InlineData("--expires", "0", "/f")]
    [InlineData("--expires", "1y", "/f")]
    [InlineData("/rd/f")]
    [InlineData("/../f")]
    [InlineData("/f", "/g")]
    [InlineData("/f", "--exires", "1h")]
    [InlineData()]
    public Task Wrong_usage_is_one_sentence(params string[] arguments) =>
        RdApiProcess.RefusesAsync(" Try rd-api link --help.", ["link", "--key-file", _files["key"], .. arguments]);

    [Fact]
    public async Task A_key_that_can_be_guessed_is_refused()
    {
        File.WriteAllText(_files["short"], "secret");
        Assert.Contains("must have 32 to 4096 bytes", (await RunAsync("--key-file", _files["short"], "/f")).Error);
        Assert.Contains("add --key-file", (await RunAsync("/f")).Error);
    }

    [GeneratedRegex("<a [^>]*href=\"(?<url>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Link { get; }

    private async Task<(string Path, string Query)> LinkAsync(string path, params string[] arguments)
    {
        var end = await RunAsync(["--key-file", _files["key"], .. arguments, path]);
        Assert.True(end.ExitCode == 0, end.Error);
        return (end.Output.Trim().Split('?')[0], end.Output.Trim().Split('?')[1]);
    }

    private static async Task<RdEnd> RunAsync(params string[] arguments)
    {
        await using var program = ProcessRunner.Start("rd-api", ["link", .. arguments]);
        return await program.EndAsync();
    }

    private async Task IsAsync(HttpStatusCode status, params string[] targets)
    {
        foreach (var target in targets)
        {
            var uri = new Uri($"{Server.BaseAddress.GetLeftPart(UriPartial.Authority)}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            using var answer = await _client.GetAsync(uri);
            Assert.True(answer.StatusCode == status, $"{target} is {answer.StatusCode}");
        }
    }
}
