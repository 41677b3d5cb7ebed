using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Access;

/// <summary>Who may have what, with a file of users that the real htpasswd made.</summary>
public sealed class AuthFileTests : IDisposable
{
    private const string Token = "a-token-of-a-machine";

    // One that follows no redirect: it would forget who asks.
    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();

    public AuthFileTests()
    {
        foreach (var name in (string[])["open", "private/file", "pub/file", "pub/deep/file", "pub/secret"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_root[name])!);
            File.WriteAllText(_root[name], name);
        }
    }

    public void Dispose()
    {
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task Each_endpoint_obeys_each_rule()
    {
        await using var server = await StartAsync("/private/** alice,machine", "/pub/** *", "/PUB/** bob", "/pub/secret bob");
        (string Path, string Who)[] paths =
        [
            ("open", "alice bob machine"), ("", "alice bob machine"), ("no/such/file", "alice bob machine"),
            ("private/file", "alice machine"), ("private/", "alice machine"), ("private", "alice machine"), ("private/none", "alice machine"),
            ("x/../private/file", "alice machine"), ("%70rivate/file", "alice machine"), ("//private///file", "alice machine"), ("./private/./file", "alice machine"),
            ("pub/file", "alice bob machine stranger"), ("pub/", "alice bob machine stranger"), ("pub/deep/file", "alice bob machine stranger"),
            ("pub/secret", "bob"), ("pub/deep/../secret", "bob"), ("privateer", "alice bob machine"),
        ];
        foreach (var (path, who) in paths)
        {
            foreach (var (endpoint, query) in (IEnumerable<(string, string)>)[("/", ""), ("/rd/", ""), ("/", "?meta4"), ("/", "?tar"), ("/", "?json"), ("/", "?simple"), ("/", "?details"), ("/", "?sha256"), ("/", "?find=x"), ("/", "?q=x")])
            {
                // The health check is for all.
                if (endpoint == "/rd/" && path.Length == 0)
                    continue;
                foreach (var method in (string[])["GET", "HEAD", "OPTIONS", "PUT", "POST"])
                {
                    foreach (var user in (string[])["alice", "bob", "machine", "stranger"])
                    {
                        var status = await StatusAsync(server, method, endpoint + path + query, user);
                        var isRefused = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
                        Assert.True(isRefused != who.Split(' ').Contains(user), $"{method} {endpoint}{path}{query} by {user} is {status}");
                        if (isRefused)
                            Assert.Equal(user == "stranger" ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden, status);
                    }
                }
            }
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "GET", "/rd/", "stranger"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "GET", "/rd/ready", "stranger"));
    }

    [Fact]
    public async Task A_rule_is_not_evaded_by_another_case_where_the_file_system_has_none()
    {
        await using var disk = await FoldingDisk.StartAsync();
        Directory.CreateDirectory(disk["folding/private"]);
        File.WriteAllText(disk["folding/private/x"], "private");
        File.WriteAllLines(_files["users"], [$"machine:sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token)))}", "/** *", "/private/** machine"]);
        await using var server = await RdApiProcess.StartAsync(disk["folding"], "--auth-file", _files["users"]);
        foreach (var target in (string[])["/private/x", "/PRIVATE/x", "/rd/Private/x"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server, "GET", target, "stranger"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "GET", target, "machine"));
        }
    }

    [Fact]
    public async Task Nobody_learns_of_what_is_forbidden_from_an_answer_about_a_folder()
    {
        await using var server = await StartAsync("/pub/** *", "/pub/secret bob");
        foreach (var target in (string[])["pub/?meta4", "pub/SHA256SUMS", "pub/?tar"])
        {
            var told = await server.Client.GetStringAsync(target);
            Assert.Contains("file", told, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", told, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_page_that_is_forbidden_is_not_given_as_its_folder_either()
    {
        File.WriteAllText(_root["pub/index.html"], "the page");
        await using var server = await StartAsync("/pub/** *", "/pub/index.html machine");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server, "GET", "/pub/index.html", "stranger"));
        Assert.DoesNotContain("the page", await server.Client.GetStringAsync("pub/"), StringComparison.Ordinal);
        using var answer = await AskAsync(server, "GET", "/pub/", new AuthenticationHeaderValue("Bearer", Token));
        Assert.Equal("the page", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_list_shows_no_digest_of_a_file_that_the_visitor_may_not_have()
    {
        File.SetLastWriteTimeUtc(_root["pub/secret"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        await using var server = await StartAsync("/pub/** *", "/pub/secret bob");
        var digest = Convert.ToHexStringLower(SHA256.HashData("pub/secret"u8));
        await Eventually.IsTrueAsync(
            async () =>
            {
                Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "GET", "/pub/secret?sha256", "bob"));
                using var told = await AskAsync(server, "GET", "/pub/?json", Basic("bob", "bb"));
                return (await told.Content.ReadAsStringAsync()).Contains(digest, StringComparison.Ordinal);
            },
            "bob is told the digest");
        Assert.DoesNotContain(digest, await server.Client.GetStringAsync("pub/?json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_is_told_how_to_log_in_and_learns_nothing_else()
    {
        await using var server = await StartAsync();
        foreach (var path in (string[])["open", "no-such-file"])
        {
            var answer = await server.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("Basic realm=\"rd-api\", charset=\"UTF-8\", Bearer realm=\"rd-api\"", answer.Headers.WwwAuthenticate.ToString());
            Assert.Equal("this needs a login\n", await answer.Content.ReadAsStringAsync());
            Assert.Null(answer.Headers.ETag);
        }
    }

    [Fact]
    public async Task Curl_wget_and_rd_log_in()
    {
        await using var server = await StartAsync();
        Assert.Equal("open\n", await Tool.RunAsync(_files.Path, "curl", "-sS", "--user", "alice:wonder:land", $"{server.BaseAddress}open"));
        Assert.Equal("open\n", await Tool.RunAsync(_files.Path, "curl", "-sS", "-H", $"Authorization: Bearer {Token}", $"{server.BaseAddress}open"));
        Assert.Contains("open", await Tool.RunAsync(_files.Path, "wget", "-qO-", "--user=bob", "--password=bb", $"{server.BaseAddress}open"));
        var rd = await RdProcess.RunAsync(_files, $"http://alice:wonder%3Aland@{server.BaseAddress.Authority}/open");
        Assert.True(rd.ExitCode == 0, rd.Error);
        Assert.Equal("open", File.ReadAllText(_files["open"]));
        var refused = await RdProcess.RunAsync(_files, "-f", $"{server.BaseAddress}open");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("401", refused.Error);
    }

    [Fact]
    public async Task Many_ranges_pay_for_the_password_once()
    {
        await using var server = await StartAsync();
        // One bcrypt of this cost takes most of a second.
        await Tool.RunAsync(_files.Path, "htpasswd", "-bB", "-C", "13", _files["users"], "slow", "s");
        await server.Process.Error.WaitForAsync("the changed files say");
        // The processor's time, which other programs make no longer.
        var first = await TimesAsync(1);
        var later = await TimesAsync(20);
        Assert.True(later < first * 5, $"20 took {later}, the first {first}");

        async Task<TimeSpan> TimesAsync(int count)
        {
            var before = server.Process.Status().ProcessorTime;
            for (var i = 0; i < count; i++)
                Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "GET", "/open", "slow"));
            return server.Process.Status().ProcessorTime - before;
        }
    }

    [Fact]
    public async Task A_name_that_nobody_has_costs_as_much_as_one_that_somebody_has()
    {
        // One bcrypt of this cost takes far more of the processor than a request.
        await Tool.RunAsync(_files.Path, "htpasswd", "-cbB", "-C", "12", _files["users"], "slow", "s");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--auth-file", _files["users"]);
        var (known, unknown) = (await TimeAsync("slow"), await TimeAsync("nobody"));
        Assert.InRange(unknown / known, 0.5, 2);

        async Task<TimeSpan> TimeAsync(string name)
        {
            var before = server.Process.Status().ProcessorTime;
            for (var guess = 0; guess < 3; guess++)
                Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(server, "GET", "/open", Basic(name, $"{guess}"))).StatusCode);
            return server.Process.Status().ProcessorTime - before;
        }
    }

    [Fact]
    public async Task Guessing_is_logged_and_stopped_for_a_while_but_not_who_was_let_in_before()
    {
        await using var server = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "GET", "/open", "alice"));
        // Who guesses must not find out what was right for somebody else.
        await using (var other = await RawConnection.OpenAsync(server.BaseAddress, from: "127.0.0.2"))
        {
            await other.SendAsync($"GET /open HTTP/1.1\r\nHost: x\r\nAuthorization: {Basic("bob", "bb")}\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await other.ReadSomeAsync());
        }

        for (var guess = 0; guess < 10; guess++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(server, "GET", "/open", Basic(guess % 2 == 0 ? "alice" : "no\nbody", $"{guess}"))).StatusCode);
        var stopped = await AskAsync(server, "GET", "/open", Basic("bob", "bb"));
        Assert.Equal(HttpStatusCode.TooManyRequests, stopped.StatusCode);
        Assert.InRange(stopped.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "GET", "/open", "alice"));
        await server.Process.Error.WaitForAsync("127.0.0.1 could not log in as alice");
        await server.Process.Error.WaitForAsync("could not log in as no\\u000abody");
    }

    [Fact]
    public async Task Guessing_of_tokens_is_stopped_too()
    {
        await using var server = await StartAsync();
        for (var guess = 0; guess < 10; guess++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(server, "GET", "/open", new AuthenticationHeaderValue("Bearer", $"{guess}"))).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(server, "GET", "/open", "machine"));
    }

    [Fact]
    public async Task Guessing_many_times_at_once_gets_no_more_guesses_and_nobody_waits_for_it()
    {
        await using var server = await StartAsync();
        // One bcrypt of this cost takes long enough for others to come meanwhile.
        await Tool.RunAsync(_files.Path, "htpasswd", "-bB", "-C", "12", _files["users"], "slow", "s");
        await server.Process.Error.WaitForAsync("the changed files say");
        var guesses = Enumerable.Range(0, 100).Select(guess => AskAsync(server, "GET", "/open", Basic("slow", $"{guess}"))).ToList();
        Assert.Equal(HttpStatusCode.Unauthorized, (await await Task.WhenAny(guesses)).StatusCode);
        await using (var other = await RawConnection.OpenAsync(server.BaseAddress, from: "127.0.0.2"))
        {
            await other.SendAsync($"GET /open HTTP/1.1\r\nHost: x\r\nAuthorization: {Basic("bob", "bb")}\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await other.ReadSomeAsync());
            Assert.InRange(guesses.Count(guess => guess.IsCompleted), 1, guesses.Count - 1);
        }

        var statuses = (await Task.WhenAll(guesses)).CountBy(answer => answer.StatusCode).ToDictionary();
        Assert.Equal((10, 90), (statuses[HttpStatusCode.Unauthorized], statuses[HttpStatusCode.TooManyRequests]));
    }

    [Fact]
    public async Task Many_first_requests_at_once_with_the_right_password_are_all_let_in()
    {
        await using var server = await StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => StatusAsync(server, "GET", "/open", "alice")));
        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Fact]
    public async Task A_changed_file_counts_without_a_restart_and_a_wrong_one_does_not()
    {
        await using var server = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "GET", "/open", "bob"));
        File.AppendAllText(_files["users"], "nonsense\n");
        await server.Process.Error.WaitForAsync("who may download stays as it was");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "GET", "/open", "bob"));
        File.WriteAllLines(_files["users"], File.ReadAllLines(_files["users"]).Where(line => line != "nonsense" && !line.StartsWith("bob:", StringComparison.Ordinal)));
        await server.Process.Error.WaitForAsync("the changed files say");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server, "GET", "/open", "bob"));
    }

    [Theory]
    [InlineData("-bm", "", "the password of x is not hashed with bcrypt")]
    [InlineData("-bs", "", "the password of x is not hashed with bcrypt")]
    [InlineData("-bd", "", "the password of x is not hashed with bcrypt")]
    [InlineData("-bp", "", "the password of x is not hashed with bcrypt")]
    [InlineData("-bB", "nonsense", "line 2")]
    [InlineData("-bB", "/path", "line 2: a rule is a path")]
    [InlineData("-bB", "/path y", "line 2: there is no user y")]
    [InlineData("-bB", "/*/path x", "line 2: the rule's path")]
    [InlineData("-bB", "/file x, x", "line 2: the path /file x, ends like a list of names")]
    [InlineData("-bB", "/a file x x", "line 2: the path /a file x ends like a list of names")]
    [InlineData("-bB", "/file x,x\tx", "line 2: the path /file x,x ends like a list of names")]
    [InlineData("-bB", "/file y, *", "line 2: the path /file y, ends like a list of names")]
    [InlineData("-bB", "t:sha256:12", "line 2: the digest of t's token")]
    [InlineData("-bB", "/private/ alice", "line 2: the rule's path /private/ has a slash at its end: write /private/** for everything below")]
    [InlineData("-bB", "x:$2y$05$short", "line 2: the password of x")]
    public async Task What_is_not_understood_is_one_sentence_at_the_start(string kind, string line, string problem)
    {
        await Tool.RunAsync(_files.Path, "htpasswd", "-c", kind, _files["users"], "x", "y");
        File.AppendAllText(_files["users"], $"{line}\n");
        await using var program = ProcessRunner.Start(
            "rd-api", ["--web-root", _root.Path, "--port", "0", "--cache", _files["cache"], "--auth-file", _files["users"]]);
        var end = await program.EndAsync();
        Assert.Equal(1, end.ExitCode);
        Assert.Contains(problem, end.Error);
        Assert.Single(end.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Tokens_that_cross_the_network_in_clear_text_are_warned_of()
    {
        File.WriteAllText(_files["users"], $"machine:sha256:{new string('0', 64)}\n");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--host", "0.0.0.0", "--auth-file", _files["users"]);
        await server.Process.Error.WaitForAsync("cross the network in clear text");
    }

    [Fact]
    public async Task The_first_user_in_a_changed_file_is_warned_of_too()
    {
        File.WriteAllText(_files["users"], "/** *\n");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--host", "0.0.0.0", "--auth-file", _files["users"]);
        Assert.DoesNotContain("in clear text", server.Process.Error.Text);
        File.AppendAllText(_files["users"], $"machine:sha256:{new string('0', 64)}\n");
        await server.Process.Error.WaitForAsync("cross the network in clear text");
    }

    private async Task<RdApiProcess> StartAsync(params string[] rules)
    {
        await Tool.RunAsync(_files.Path, "htpasswd", "-cbB", "-C", "4", _files["users"], "alice", "wonder:land");
        await Tool.RunAsync(_files.Path, "htpasswd", "-bB", "-C", "4", _files["users"], "bob", "bb");
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token)));
        File.AppendAllLines(_files["users"], ["# machines", $"machine:sha256:{digest}", "", .. rules]);
        return await RdApiProcess.StartAsync(_root.Path, "--auth-file", _files["users"]);
    }

    private static async Task<HttpStatusCode> StatusAsync(RdApiProcess server, string method, string target, string user)
    {
        using var answer = await AskAsync(server, method, target, user switch
        {
            "alice" => Basic("alice", "wonder:land"),
            "bob" => Basic("bob", "bb"),
            "slow" => Basic("slow", "s"),
            "machine" => new AuthenticationHeaderValue("Bearer", Token),
            _ => null,
        });
        return answer.StatusCode;
    }

    private static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    private static async Task<HttpResponseMessage> AskAsync(RdApiProcess server, string method, string target, AuthenticationHeaderValue? authorization)
    {
        // As it is: the framework would normalise the path.
        var uri = new Uri($"{server.BaseAddress.GetLeftPart(UriPartial.Authority)}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), uri) { Headers = { Authorization = authorization } };
        return await Client.SendAsync(request);
    }
}
