using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Client.Network;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.AnyServer;

public sealed class RedirectTests
{
    private const int Size = 10 * ClientFixture.BlockSize;

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task The_file_and_its_digests_are_found_where_a_redirect_leads(int status)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.NamesDigests = true;
        await using var front = await FrontAsync(_ => fixture.Server.Url, status);

        var result = await DownloadAsync(fixture, front.Url);

        Assert.Equal((DownloadOutcome.Complete, ""), (result.Outcome, result.Message));
        fixture.AssertTargetIsRight();
        // The place is remembered for the ranges.
        Assert.InRange(front.RangeRequests, 1, 4);
    }

    [Fact]
    public async Task A_place_that_expired_is_asked_for_again()
    {
        await using var fixture = await PlainFixture.StartAsync();
        var grant = 0;
        await using var front = await FrontAsync(_ => new Uri($"{fixture.Server.Url}?grant={Interlocked.Increment(ref grant)}"), 302);
        var uses = new ConcurrentDictionary<string, int>();
        fixture.Server.OnRange = (context, _) =>
        {
            // Each grant is good for one request.
            var isUsed = uses.AddOrUpdate(context.Request.QueryString.Value!, 1, (_, times) => times + 1) > 1;
            context.Response.StatusCode = isUsed ? StatusCodes.Status403Forbidden : StatusCodes.Status200OK;
            return Task.FromResult(isUsed);
        };

        var result = await DownloadAsync(fixture, front.Url, fixture.Options with { Connections = 1 });

        Assert.Equal((DownloadOutcome.Unproven, ""), (result.Outcome, result.Message));
        fixture.AssertTargetIsRight();
        Assert.True(grant > 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_is_gone_is_left_for_where_the_redirect_leads_now(bool isConnectionLost)
    {
        await using var fixture = await PlainFixture.StartAsync();
        await using var other = await ScriptedServer.StartAsync(fixture.Server.Content);
        (other.OnMetadata, other.Modified) = (PlainFixture.NotFound, fixture.Server.Modified);
        var isGone = false;
        await using var front = await FrontAsync(_ => Volatile.Read(ref isGone) ? other.Url : fixture.Server.Url, 302);
        fixture.Server.OnRange = (context, number) =>
        {
            Volatile.Write(ref isGone, number > 0);
            if (number > 0 && isConnectionLost)
                context.Abort();
            context.Response.StatusCode = number > 0 ? StatusCodes.Status502BadGateway : StatusCodes.Status200OK;
            return Task.FromResult(number > 0);
        };

        var result = await DownloadAsync(fixture, front.Url);

        Assert.Equal((DownloadOutcome.Unproven, ""), (result.Outcome, result.Message));
        fixture.AssertTargetIsRight();
        Assert.True(result.Retries > 0);
    }

    [Fact]
    public async Task Where_only_the_server_that_redirects_is_gone_the_file_s_own_goes_on()
    {
        await using var fixture = await PlainFixture.StartAsync();
        var asked = 0;
        await using var front = await FrontAsync(_ => Interlocked.Increment(ref asked) == 1 ? fixture.Server.Url : throw new IOException("gone"), 302);
        fixture.Server.OnRange = (context, number) =>
        {
            if (number % 2 == 1)
                context.Abort();
            return Task.FromResult(number % 2 == 1);
        };

        var result = await DownloadAsync(fixture, front.Url, fixture.Options with { Connections = 1, Discover = false });

        Assert.Equal((DownloadOutcome.Unproven, ""), (result.Outcome, result.Message));
        fixture.AssertTargetIsRight();
        Assert.True(asked > 1, "the server that redirects was not asked again");
    }

    [Fact]
    public async Task A_page_that_wants_a_login_is_no_place_of_the_file()
    {
        await using var fixture = await PlainFixture.StartAsync();
        await using var portal = await ScriptedServer.StartAsync([]);
        portal.OnRange = async (context, _) =>
        {
            context.Response.ContentType = "text/html";
            return await PlainFixture.SendWholeAsync(context, "<html>log in</html>"u8.ToArray());
        };
        var asked = 0;
        await using var front = await FrontAsync(_ => Interlocked.Increment(ref asked) < 3 ? portal.Url : fixture.Server.Url, 302);

        var result = await DownloadAsync(fixture, front.Url, fixture.Options with { Connections = 1 });

        Assert.Equal((DownloadOutcome.Unproven, ""), (result.Outcome, result.Message));
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task User_name_and_password_go_to_no_other_origin()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        fixture.Server.NamesDigests = true;
        var (front, behind) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        fixture.Server.OnRange = fixture.Server.OnMetadata = (context, _) => NoteAsync(context, behind);
        await using var server = await FrontAsync(context =>
        {
            front.Enqueue(context.Request.Headers.Authorization.ToString());
            return new Uri($"http://thief:word@{fixture.Server.Url.Authority}/file.bin");
        }, 302);

        var result = await DownloadAsync(fixture, new UriBuilder(server.Url) { UserName = "me", Password = "secret" }.Uri);

        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        Assert.All(front, authorization => Assert.StartsWith("Basic ", authorization));
        Assert.All(behind, Assert.Empty);
    }

    [Fact]
    public async Task A_circle_is_told_of()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        await using var server = await FrontAsync(context => new Uri($"{(context.Request.Path == "/b" ? "/c" : "/b")}", UriKind.Relative), 302);

        var result = await DownloadAsync(fixture, server.Url);

        Assert.Equal(DownloadOutcome.Http, result.Outcome);
        Assert.Contains("in a circle", result.Message);
    }

    [Fact]
    public async Task Eleven_redirects_are_too_many()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        await using var server = await FrontAsync(context => new Uri($"{context.Request.Path}x", UriKind.Relative), 302);

        Assert.Contains("more than 10 times", (await DownloadAsync(fixture, server.Url)).Message);
    }

    [Theory]
    [InlineData("https://one.example/f", "http://one.example/f")]
    [InlineData("http://one.example/f", "ftp://one.example/f")]
    [InlineData("http://one.example/f", "file:///etc/passwd")]
    public void Some_are_never_followed(string from, string to)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.Found);
        answer.Headers.Location = new Uri(to);
        Assert.Throws<RedirectException>(() => new RedirectTrail(new Uri(from)).Follow(answer));
    }

    private static async Task<bool> NoteAsync(HttpContext context, ConcurrentQueue<string> authorizations)
    {
        authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
        return await Task.FromResult(false);
    }

    private static Task<DownloadResult> DownloadAsync(ClientFixture fixture, Uri url, DownloadOptions? options = null) =>
        new Downloader(options ?? fixture.Options).DownloadAsync(url, fixture.Target, null, TestContext.Current.CancellationToken);

    /// <summary>A server that redirects all requests for files, and knows no digests.</summary>
    private static async Task<ScriptedServer> FrontAsync(Func<HttpContext, Uri> target, int status)
    {
        var front = await ScriptedServer.StartAsync([]);
        front.OnMetadata = PlainFixture.NotFound;
        front.OnRange = (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = $"{target(context)}";
            return Task.FromResult(true);
        };
        return front;
    }
}
