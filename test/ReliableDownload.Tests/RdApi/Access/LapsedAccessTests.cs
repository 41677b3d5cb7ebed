using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ReliableDownload.Api.Access;
using ReliableDownload.Api.Files;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Access;

/// <summary>What lets a client in ends while its answer is being sent: a list that left files out from then on would have them deleted.</summary>
public sealed partial class LapsedAccessTests : IDisposable
{
    // With names of 200 characters: more than all buffers on the way hold.
    private const int Files = 30_000;

    // Of each of the two generations that are remembered, and some more.
    private const int OtherLogins = (2 * Api.Limits.VerifiedPasswords) + 64;

    private readonly TempFolder _root = TempFolder.InMemory();
    private readonly TempFolder _files = new();

    public LapsedAccessTests()
    {
        Directory.CreateDirectory(_root["private"]);
        for (var i = 0; i < Files; i++)
            File.WriteAllBytes(_root[$"private/{new string('x', 200)}{i}"], []);
    }

    public void Dispose()
    {
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task A_link_that_expires_while_a_tree_is_sent_leaves_nothing_out()
    {
        var key = RandomNumberGenerator.GetBytes(LinkSigner.MinKey);
        await File.WriteAllBytesAsync(_files["key"], key, TestContext.Current.CancellationToken);
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--key-file", _files["key"]);
        Assert.Equal(PathVerdict.Good, RequestPath.Parse("/private/", out var folder));
        var query = new LinkSigner(key).Query(folder, TimeProvider.System.GetUtcNow().AddSeconds(5).ToUnixTimeSeconds());
        await using var tree = await BeginAsync(server, $"/rd/private/?{query}");

        await Eventually.IsTrueAsync(async () => await StatusAsync(server, $"/private/?{query}") == HttpStatusCode.Forbidden, "the link has expired");

        await IsWholeAsync(tree);
    }

    [Fact]
    public async Task A_password_that_is_no_longer_remembered_while_a_tree_is_sent_leaves_nothing_out()
    {
        await using var server = await StartAsync("/** alice,bob");
        await using var tree = await BeginAsync(server, "/rd/private/", Login("alice"));

        await Parallel.ForAsync(0, OtherLogins, TestContext.Current.CancellationToken, async (i, _) =>
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/private/?page=1", $"{Login("bob")}X-Forwarded-For: 10.0.{i / 256}.{i % 256}\r\n")));

        await IsWholeAsync(tree);
    }

    [Fact]
    public async Task Rules_that_change_while_a_tree_is_sent_count_for_the_next()
    {
        await using var server = await StartAsync("/** alice");
        await using var tree = await BeginAsync(server, "/rd/private/", Login("alice"));

        await File.AppendAllLinesAsync(_files["users"], ["/private/** bob"], TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(async () => await StatusAsync(server, "/private/?page=1", Login("alice")) == HttpStatusCode.Forbidden, "the rules have changed");

        await IsWholeAsync(tree);
    }

    private async Task<RdApiProcess> StartAsync(string rule)
    {
        await Tool.RunAsync(_files.Path, "htpasswd", "-cbB", "-C", "4", _files["users"], "alice", "secret");
        await Tool.RunAsync(_files.Path, "htpasswd", "-bB", "-C", "4", _files["users"], "bob", "secret");
        await File.AppendAllLinesAsync(_files["users"], [rule], TestContext.Current.CancellationToken);
        return await RdApiProcess.StartAsync(_root.Path, "--auth-file", _files["users"], "--trusted-proxy", "127.0.0.1");
    }

    /// <summary>Asks for a tree and takes no more than its beginning.</summary>
    private static async Task<RawConnection> BeginAsync(RdApiProcess server, string target, string headers = "")
    {
        var connection = await RawConnection.OpenAsync(server.BaseAddress, receiveBuffer: 4096);
        await connection.SendAsync($"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\nConnection: close\r\n{headers}\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await connection.ReadSomeAsync());
        return connection;
    }

    private static async Task IsWholeAsync(RawConnection tree)
    {
        var end = EndLine().Match(await tree.ReadToEndAsync());
        Assert.True(end.Success, "the tree has no end");
        Assert.Equal(Files, int.Parse(end.Groups["files"].Value, CultureInfo.InvariantCulture));
    }

    private static async Task<HttpStatusCode> StatusAsync(RdApiProcess server, string target, string headers = "")
    {
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress);
        await connection.SendAsync($"HEAD {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        return (HttpStatusCode)int.Parse((await connection.ReadToEndAsync()).Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static string Login(string user) => $"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:secret"))}\r\n";

    [GeneratedRegex("\"type\":\"end\".*\"files\":(?<files>[0-9]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex EndLine();
}
