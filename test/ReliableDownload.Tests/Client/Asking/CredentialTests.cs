using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Asking;

/// <summary>What is the user's own reaches the server that it is meant for, and no other.</summary>
public sealed class CredentialTests
{
    private const int Size = 5 * ClientFixture.BlockSize;

    [Fact]
    public async Task A_user_name_and_password_are_sent_with_every_request()
    {
        var requests = await RequestsAsync(options => options with { Credentials = ServerCredentials.Basic("mé", "s:cret") });
        Assert.Contains(requests, request => request.Path == "/rd/file.bin");
        Assert.Contains(requests, request => request.Path == "/file.bin");
        Assert.All(requests, request => Assert.Equal(Basic("mé:s:cret"), request.Authorization));
    }

    [Fact]
    public async Task A_token_is_sent() =>
        Assert.All(await RequestsAsync(options => options with { Credentials = ServerCredentials.Bearer("abc.DEF-1=") }), request => Assert.Equal("Bearer abc.DEF-1=", request.Authorization));

    [Fact]
    public async Task A_netrc_file_knows_the_password_of_a_host() =>
        Assert.All(
            await RequestsAsync(options => options with { Netrc = Netrc.Parse("machine other.example login a password b\nmachine 127.0.0.1 login me password s3cret") }),
            request => Assert.Equal(Basic("me:s3cret"), request.Authorization));

    [Fact]
    public async Task A_netrc_file_knows_the_password_of_the_URL_s_user() =>
        Assert.All(
            await RequestsAsync(options => options with { Netrc = Netrc.Parse("machine 127.0.0.1 login you password x machine 127.0.0.1 login me password s3cret") }, user: "me"),
            request => Assert.Equal(Basic("me:s3cret"), request.Authorization));

    [Fact]
    public async Task What_the_URL_says_goes_first() =>
        Assert.All(
            await RequestsAsync(options => options with { Credentials = ServerCredentials.Basic("other", "x"), Netrc = Netrc.Parse("default login a password b") }, user: "me:s3cret"),
            request => Assert.Equal(Basic("me:s3cret"), request.Authorization));

    [Fact]
    public async Task Headers_are_sent_and_replace_those_of_rd()
    {
        var requests = await RequestsAsync(options => options with
        {
            Headers = [Header("X-Key: one"), Header("x-key: two"), Header("User-Agent: Mozilla/5.0 (X11)"), Header("Authorization: Custom abc"), Header("Host: other.example"), Header("Accept: a/b"), Header("X-Umlaut: ä")],
            Credentials = ServerCredentials.Basic("me", "unused"),
        });
        Assert.All(requests, request => Assert.Equal(("one, two", "Mozilla/5.0 (X11)", "Custom abc"), (request.Key, request.Agent, request.Authorization)));
    }

    [Fact]
    public async Task Another_port_of_the_same_host_is_told_nothing()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.NamesDigests = true;
        var (front, behind) = (new ConcurrentQueue<Seen>(), new ConcurrentQueue<Seen>());
        fixture.Server.OnRange = fixture.Server.OnMetadata = (context, _) => NoteAsync(context, behind);
        await using var server = await ScriptedServer.StartAsync([]);
        server.OnRange = server.OnMetadata = (context, _) =>
        {
            front.Enqueue(Seen.Of(context));
            context.Response.Redirect(new Uri(fixture.Server.Url, context.Request.Path).AbsoluteUri);
            return Task.FromResult(true);
        };
        var options = fixture.Options with
        {
            Headers = [Header("X-Key: one"), Header("Cookie: a=b")],
            Netrc = Netrc.Parse("machine 127.0.0.1 login me password s3cret"),
        };

        var result = await new Downloader(options).DownloadAsync(server.Url, fixture.Target, null, TestContext.Current.CancellationToken);

        Assert.Equal((DownloadOutcome.Complete, ""), (result.Outcome, result.Message));
        Assert.NotEmpty(behind);
        Assert.All(front, request => Assert.Equal((Basic("me:s3cret"), "one", "a=b"), (request.Authorization, request.Key, request.Cookie)));
        Assert.All(behind, request => Assert.Equal(("", "", ""), (request.Authorization, request.Key, request.Cookie)));
    }

    [Fact]
    public async Task A_mirror_is_told_what_its_own_URL_says_and_nothing_else()
    {
        await using var fixture = await ClientFixture.StartAsync(40 * ClientFixture.BlockSize);
        await using var mirror = await ScriptedServer.StartAsync(fixture.Server.Content);
        var (main, other) = (new ConcurrentQueue<Seen>(), new ConcurrentQueue<Seen>());
        var isMirrorAsked = new TaskCompletionSource();
        fixture.Server.OnMetadata = (context, _) => NoteAsync(context, main);
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number > 0)
                await isMirrorAsked.Task.WaitAsync(context.RequestAborted);
            return await NoteAsync(context, main);
        };
        mirror.OnRange = (context, _) =>
        {
            isMirrorAsked.TrySetResult();
            return NoteAsync(context, other);
        };
        var options = fixture.Options with
        {
            Credentials = ServerCredentials.Basic("me", "s3cret"),
            Headers = [Header("X-Key: one")],
            Mirrors = [new Uri($"http://you:word@{mirror.Url.Authority}/file.bin")],
            Connections = 4,
        };

        fixture.AssertComplete(await fixture.DownloadAsync(options));

        Assert.NotEmpty(other);
        Assert.All(main, request => Assert.Equal((Basic("me:s3cret"), "one"), (request.Authorization, request.Key)));
        Assert.All(other, request => Assert.Equal((Basic("you:word"), ""), (request.Authorization, request.Key)));
    }

    [Fact]
    public async Task A_server_that_wants_a_password_is_answered_with_how_to_give_one()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.OnRange = fixture.Server.OnMetadata = (context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.FromResult(true);
        };

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.NotAllowed, result.Outcome);
        Assert.Contains("--user", result.Message);
        Assert.DoesNotContain("--user", (await fixture.DownloadAsync(fixture.Options with { Credentials = ServerCredentials.Bearer("wrong") })).Message);
    }

    [Theory]
    [InlineData("no colon", "'Name: value'")]
    [InlineData("a b: c", "'Name: value'")]
    [InlineData("Empty:", "'Name: value'")]
    [InlineData("X-Key: s3cret\r\nX: y", "control characters")]
    [InlineData("range: s3cret", "range")]
    [InlineData("Content-Type: s3cret", "Content-Type")]
    public void A_header_that_cannot_be_sent_is_refused_without_its_value(string text, string problem)
    {
        Assert.False(RequestHeader.TryParse(text, out _, out var said));
        Assert.Contains(problem, said);
        Assert.DoesNotContain("s3cret", said);
    }

    [Fact]
    public void Nothing_of_it_shows_when_options_are_printed()
    {
        Assert.True(ProxySettings.TryParse("http://me:s3cret@proxy.example", out var proxy));
        var options = new DownloadOptions
        {
            Headers = [Header("X-Key: s3cret")],
            Credentials = ServerCredentials.Basic("me", "s3cret"),
            Netrc = Netrc.Parse("default login me password s3cret"),
            Proxy = proxy,
        };
        Assert.DoesNotContain("s3cret", $"{options} {options.Headers[0]} {options.Credentials} {options.Netrc} {options.Proxy}");
    }

    private static RequestHeader Header(string text) => RequestHeader.TryParse(text, out var header, out _) ? header : throw new FormatException(text);

    private static string Basic(string pair) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair))}";

    private static async Task<IReadOnlyCollection<Seen>> RequestsAsync(Func<DownloadOptions, DownloadOptions> change, string user = "")
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var requests = new ConcurrentQueue<Seen>();
        fixture.Server.OnRange = fixture.Server.OnMetadata = (context, _) => NoteAsync(context, requests);
        var url = user.Length == 0 ? fixture.Server.Url : new Uri($"http://{user}@{fixture.Server.Url.Authority}/file.bin");

        var result = await new Downloader(change(fixture.Options)).DownloadAsync(url, fixture.Target, null, TestContext.Current.CancellationToken);

        fixture.AssertComplete(result);
        Assert.NotEmpty(requests);
        return requests;
    }

    private static Task<bool> NoteAsync(HttpContext context, ConcurrentQueue<Seen> requests)
    {
        requests.Enqueue(Seen.Of(context));
        return Task.FromResult(false);
    }

    private sealed record Seen(string Path, string Authorization, string Key, string Agent, string Cookie)
    {
        public static Seen Of(HttpContext context)
        {
            var headers = context.Request.Headers;
            return new($"{context.Request.Path}", $"{headers.Authorization}", $"{headers["X-Key"]}", $"{headers.UserAgent}", $"{headers.Cookie}");
        }
    }
}
