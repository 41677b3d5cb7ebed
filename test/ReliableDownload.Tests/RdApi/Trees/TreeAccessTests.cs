using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Trees;

/// <summary>A tree and a batch have what the client may have, and nothing else.</summary>
public sealed partial class TreeAccessTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();

    public TreeAccessTests()
    {
        foreach (var name in (string[])["open", "private/file", "private/deep/for-all/file", "private/empty/x", "pub/file", "pub/secret", "z"])
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
    public async Task A_tree_leaves_out_what_the_client_may_not_have()
    {
        await using var server = await StartAsync("/ *", "/open *", "/z *", "/pub/** *", "/pub/secret bob", "/private/** bob", "/private/deep/for-all/** *");

        Assert.Equal(
            ["open", "private/", "private/deep/", "private/deep/for-all/", "private/deep/for-all/file", "pub/", "pub/file", "z"],
            await TreeAsync(server, "/rd/", null));
        Assert.Equal(
            ["open", "private/", "private/deep/", "private/deep/for-all/", "private/deep/for-all/file", "private/empty/", "private/empty/x", "private/file", "pub/", "pub/file", "pub/secret", "z"],
            await TreeAsync(server, "/rd/", "bob"));
    }

    [Fact]
    public async Task A_batch_has_only_what_the_client_may_have()
    {
        await using var server = await StartAsync("/** *", "/private/** bob");

        Assert.Equal(["content", "gone", "gone", "end"], await BatchAsync(server, "/rd/", null, "open", "private/file", "private/none"));
        Assert.Equal(["content", "content", "gone", "end"], await BatchAsync(server, "/rd/", "bob", "open", "private/file", "private/none"));
    }

    [Theory]
    [InlineData("/rd/")]
    [InlineData("/rd/private/")]
    [InlineData("/rd/pub/../private/")]
    [InlineData("/rd//%70rivate//")]
    public async Task A_folder_that_the_client_may_not_have_has_neither(string target)
    {
        await using var server = await StartAsync("/pub/** *");
        foreach (var method in (string[])["GET", "HEAD", "POST"])
        {
            using var answer = await AskAsync(server, method, target, null, "file");
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            using var right = await AskAsync(server, method, target, "bob", "file");
            Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        }
    }

    [Fact]
    public async Task A_signed_link_to_a_folder_lets_its_tree_and_batches_in()
    {
        File.WriteAllBytes(_files["key"], RandomNumberGenerator.GetBytes(32));
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--key-file", _files["key"]);
        await using var program = ProcessRunner.Start("rd-api", ["link", "--key-file", _files["key"], "/private/"]);
        var query = (await program.EndAsync()).Output.Trim().Split('?')[1];

        Assert.Contains("deep/for-all/file", await TreeAsync(server, $"/rd/private/?{query}", null));
        Assert.Equal(["deep/for-all/file", "empty/", "empty/x", "file"], await TreeAsync(server, $"/rd/private/?after=deep%2Ffor-all%2F&{query}", null));
        Assert.Equal(["content", "end"], await BatchAsync(server, $"/rd/private/?{query}", null, "deep/for-all/file"));
        foreach (var target in (string[])["/rd/private/", $"/rd/?{query}", $"/rd/pub/?{query}", $"/rd/private/../pub/?{query}"])
        {
            foreach (var method in (string[])["GET", "POST"])
            {
                using var answer = await AskAsync(server, method, target, null, "file");
                Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            }
        }
    }

    [Fact]
    public async Task The_access_log_has_them()
    {
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--access-log", _files["log"]);
        await TreeAsync(server, "/rd/", null);
        await BatchAsync(server, "/rd/pub/", null, "file");

        await Eventually.IsTrueAsync(() => File.ReadAllLines(_files["log"]).Length == 2, "both are logged");
        var lines = File.ReadAllLines(_files["log"]);
        Assert.Contains("\"GET /rd/ HTTP/1.1\" 200 ", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"POST /rd/pub/ HTTP/1.1\" 200 ", lines[1], StringComparison.Ordinal);
    }

    private async Task<RdApiProcess> StartAsync(params string[] rules)
    {
        File.WriteAllLines(_files["users"], [$"bob:sha256:{Convert.ToHexStringLower(SHA256.HashData("bob"u8))}", .. rules]);
        return await RdApiProcess.StartAsync(_root.Path, "--auth-file", _files["users"]);
    }

    private static async Task<string[]> TreeAsync(RdApiProcess server, string target, string? user)
    {
        using var answer = await AskAsync(server, "GET", target, user);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n')[1..^1];
        return [.. lines.Select(line => PathIn().Match(line)).Where(match => match.Success).Select(match => match.Groups["path"].Value)];
    }

    private static async Task<string[]> BatchAsync(RdApiProcess server, string target, string? user, params string[] names)
    {
        using var answer = await AskAsync(server, "POST", target, user, names);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return [.. TypeIn().Matches(await answer.Content.ReadAsStringAsync()).Select(match => match.Groups["type"].Value)];
    }

    private static async Task<HttpResponseMessage> AskAsync(RdApiProcess server, string method, string target, string? user, params string[] names)
    {
        // As it is: the framework would normalise the path.
        var uri = new Uri($"{server.BaseAddress.GetLeftPart(UriPartial.Authority)}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), uri);
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        request.Headers.Authorization = user is null ? null : new AuthenticationHeaderValue("Bearer", user);
        if (method == "POST")
            request.Content = Batch.Of(names);
        return await server.Client.SendAsync(request);
    }

    [GeneratedRegex("\"path\":\"(?<path>[^\"]*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex PathIn();

    [GeneratedRegex("\"type\":\"(?<type>[^\"]*)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex TypeIn();
}
