using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Headers;

/// <summary>Headers that the operator adds.</summary>
public sealed class ResponseHeaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ResponseHeaderTests()
    {
        File.WriteAllText(_folder["file"], "content");
        // Of a file that just changed the server itself says that it is not to be kept.
        File.SetLastWriteTimeUtc(_folder["file"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task They_are_in_all_responses_and_twice_where_they_are_named_twice()
    {
        await using var server = await RdApiProcess.StartAsync(
            _folder.Path, "--header", "X-Served-By:  here, there ", "--header", "x-served-by: elsewhere", "--header", "Strict-Transport-Security: max-age=86400");
        foreach (var target in (string[])["file", "", "rd/file", "rd/", "none", "?json", "%"])
        {
            using var response = await server.Client.GetAsync(target, TestContext.Current.CancellationToken);
            Assert.Equal(["here, there", "elsewhere"], response.Headers.GetValues("X-Served-By"));
            Assert.Equal("max-age=86400", response.Headers.GetValues("Strict-Transport-Security").Single());
        }
    }

    [Fact]
    public async Task They_replace_none_that_the_server_has_set_and_let_nobody_keep_an_error()
    {
        await using var server = await RdApiProcess.StartAsync(
            _folder.Path, "--header", "Cache-Control: public, max-age=3600", "--header", "Content-Security-Policy: default-src *");
        Assert.Equal("public, max-age=3600", await OfAsync("file", "Cache-Control"));
        Assert.Equal("default-src *", await OfAsync("file", "Content-Security-Policy"));
        Assert.Equal("no-store", await OfAsync("rd/", "Cache-Control"));
        Assert.StartsWith("default-src 'none'", await OfAsync("", "Content-Security-Policy"));
        Assert.Null(await OfAsync("none", "Cache-Control"));

        async Task<string?> OfAsync(string target, string name)
        {
            using var response = await server.Client.GetAsync(target, TestContext.Current.CancellationToken);
            return response.Headers.TryGetValues(name, out var values) ? string.Join('|', values) : null;
        }
    }

    [Fact]
    public async Task They_let_no_cache_share_what_needed_a_login()
    {
        using var files = new TempFolder();
        Directory.CreateDirectory(_folder["pub"]);
        File.WriteAllText(_folder["pub/file"], "content");
        File.SetLastWriteTimeUtc(_folder["pub/file"], DateTime.UnixEpoch);
        File.WriteAllLines(files["users"], [$"bob:sha256:{Convert.ToHexStringLower(SHA256.HashData("bob"u8))}", "/pub/** *"]);
        await using var server = await RdApiProcess.StartAsync(_folder.Path, "--auth-file", files["users"], "--header", "Cache-Control: public, max-age=600");
        foreach (var target in (string[])["file", "", "?json", "?simple"])
            Assert.Equal("private", await OfAsync(target, "bob"));
        Assert.Equal("private,no-cache", await OfAsync("?tar", "bob"));
        Assert.Equal("private", await OfAsync("pub/file", "bob"));
        Assert.Equal("public, max-age=600", await OfAsync("pub/file", null));
        Assert.Equal("no-store", await OfAsync("file", null));

        async Task<string> OfAsync(string target, string? user)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target);
            request.Headers.Authorization = user is null ? null : new AuthenticationHeaderValue("Bearer", user);
            using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            return string.Join('|', response.Headers.NonValidated["Cache-Control"]);
        }
    }

    [Fact]
    public async Task A_variable_has_one_in_each_line()
    {
        await using var server = await RdApiProcess.StartLimitedAsync("true", _folder.Path, [("RD_API_HEADER", "X-One: 1\nX-Two: a b\n")]);
        using var response = await server.Client.GetAsync("file", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "1", "a b"), (response.StatusCode, response.Headers.GetValues("X-One").Single(), response.Headers.GetValues("X-Two").Single()));
    }

    [Theory]
    [InlineData("no colon")]
    [InlineData(": value")]
    [InlineData("X-Empty: ")]
    [InlineData("X Y: 1")]
    [InlineData("X-Y: a\r\nSet-Cookie: b")]
    [InlineData("X-Y: ü")]
    [InlineData("content-length: 1")]
    [InlineData("ETag: \"x\"")]
    [InlineData("Transfer-Encoding: chunked")]
    [InlineData("Access-Control-Allow-Origin: *")]
    public Task What_must_not_be_set_is_2_and_one_sentence(string header) => RdApiProcess.RefusesAsync("option --header is '", _folder.Path, "--header", header);
}
