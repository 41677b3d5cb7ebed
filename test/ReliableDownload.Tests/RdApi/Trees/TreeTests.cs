using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Trees;

/// <summary>What a client is told of everything below a folder.</summary>
public sealed class TreeTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private static readonly DateTime Old = new(2001, 2, 3, 4, 5, 6, 700, DateTimeKind.Utc);

    [Fact]
    public async Task It_tells_folders_before_what_is_in_them_and_names_in_the_order_of_their_bytes()
    {
        var tree = Make("b/file", "B/file", "a b/ü%.txt", "a/file", "a/file2/x", "a.txt", "empty/");

        var lines = await TreeAsync(tree);

        Assert.Equal(
            ["B/", "B/file", "a/", "a/file", "a/file2/", "a/file2/x", "a%20b/", "a%20b/%C3%BC%25.txt", "a.txt", "b/", "b/file", "empty/"],
            PathsOf(lines));
    }

    [Fact]
    public async Task It_begins_with_what_is_told_and_ends_with_how_much_it_was()
    {
        var tree = Make("a/one", "two");

        var lines = await TreeAsync(tree);

        Assert.Equal(("tree", $"{tree}/", 2 << 20, "sha-256"), (Text(lines[0], "type"), Text(lines[0], "path"), lines[0].GetProperty("block_size").GetInt32(), Text(lines[0], "digest")));
        var end = lines[^1];
        Assert.Equal(("end", 2, 1, 6), (Text(end, "type"), end.GetProperty("files").GetInt32(), end.GetProperty("folders").GetInt32(), end.GetProperty("bytes").GetInt32()));
    }

    [Fact]
    public async Task It_tells_a_files_size_version_time_and_mode()
    {
        var tree = Make("file");
        File.SetUnixFileMode(folder[$"{tree}/file"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead);

        var file = (await TreeAsync(tree)).Single(line => Text(line, "type") == "file");

        Assert.Equal((4, "2001-02-03T04:05:06.7Z", "740"), (file.GetProperty("size").GetInt32(), Text(file, "modified"), Text(file, "mode")));
        using var response = await folder.AskAsync("HEAD", $"/{tree}/file");
        Assert.Equal(response.Headers.ETag!.Tag, $"\"{Text(file, "version")}\"");
    }

    [Fact]
    public async Task It_tells_a_folder_s_time_and_mode()
    {
        var tree = Make("a/file");
        File.SetUnixFileMode(folder[$"{tree}/a"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        Directory.SetLastWriteTimeUtc(folder[$"{tree}/a"], new DateTime(2001, 2, 3, 4, 5, 6, 700, DateTimeKind.Utc));

        var told = (await TreeAsync(tree)).Single(line => Text(line, "type") == "folder");

        Assert.Equal(("2001-02-03T04:05:06.7Z", "740"), (Text(told, "modified"), Text(told, "mode")));
    }

    [Fact]
    public async Task A_file_that_has_just_changed_has_no_version()
    {
        var tree = Make("file");
        var file = default(JsonElement);
        await Eventually.IsTrueAsync(
            async () =>
            {
                var changed = TimeProvider.System.GetUtcNow();
                File.SetLastWriteTimeUtc(folder[$"{tree}/file"], changed.UtcDateTime);
                file = (await TreeAsync(tree)).Single(line => Text(line, "type") == "file");
                return TimeProvider.System.GetUtcNow() - changed < TimeSpan.FromSeconds(1.5);
            },
            "the tree was told within two seconds");

        Assert.Equal(JsonValueKind.Null, file.GetProperty("version").ValueKind);
    }

    [Fact]
    public async Task The_root_is_computed_from_the_lines_and_equal_for_equal_copies()
    {
        var names = (string[])["a/one", "b/two", "empty/"];
        var (one, other) = (await TreeAsync(Make(names)), await TreeAsync(Make(names)));

        var text = string.Concat(one.Where(line => Text(line, "type") is "file" or "folder").Select(line => $"{Text(line, "path")}\0{Value(line, "size")}\0{Value(line, "version")}\n"));

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), Text(one[^1], "root"));
        Assert.Equal(Text(one[^1], "root"), Text(other[^1], "root"));
    }

    [Fact]
    public async Task It_goes_on_after_any_line_of_it()
    {
        var tree = Make("a/b/c", "a/b/d", "a/b.txt", "a/b2/", "a.txt", "z");
        var paths = PathsOf(await TreeAsync(tree));

        for (var i = 0; i < paths.Length; i++)
            Assert.Equal(paths[(i + 1)..], PathsOf(await TreeAsync(tree, $"?after={Uri.EscapeDataString(paths[i])}")));
    }

    [Fact]
    public async Task It_goes_on_after_a_line_whose_file_has_gone_or_become_another()
    {
        var tree = Make("a/b/c", "c", "d/x");

        Assert.Equal(["c", "d/", "d/x"], PathsOf(await TreeAsync(tree, "?after=b%2Fgone%2Ftoo")));
        Assert.Equal(["a/b/c", "c", "d/", "d/x"], PathsOf(await TreeAsync(tree, "?after=a%2Fb%2Fa")));
        Assert.Equal(["c", "d/", "d/x"], PathsOf(await TreeAsync(tree, "?after=c%2Fin%20it")));
        Assert.Equal(["d/", "d/x"], PathsOf(await TreeAsync(tree, "?after=d")));
    }

    [Fact]
    public async Task A_tree_that_goes_on_has_no_root()
    {
        var lines = await TreeAsync(Make("a", "b"), "?after=a");

        Assert.False(lines[^1].TryGetProperty("root", out _));
        Assert.Equal(1, lines[^1].GetProperty("files").GetInt32());
    }

    [Fact]
    public async Task It_is_as_deep_as_the_client_wants()
    {
        var tree = Make("a/b/c", "d");

        Assert.Equal(["a/", "d"], PathsOf(await TreeAsync(tree, "?depth=1")));
        Assert.Equal(["a/", "a/b/", "d"], PathsOf(await TreeAsync(tree, "?depth=2")));
    }

    [Fact]
    public async Task Links_are_what_they_point_to_and_loops_are_told_as_left_out()
    {
        var tree = Make("a/file", "outside/");
        File.CreateSymbolicLink(folder[$"{tree}/link"], "a/file");
        File.CreateSymbolicLink(folder[$"{tree}/a/up"], "..");
        File.CreateSymbolicLink(folder[$"{tree}/outside/etc"], "/etc");

        var lines = await TreeAsync(tree);

        Assert.Equal(["a/", "a/file", "a/up/", "a/up/", "link", "outside/"], PathsOf(lines));
        var skipped = lines.Single(line => Text(line, "type") == "skipped");
        Assert.Equal(("a/up/", "a link leads back to a folder above it"), (Text(skipped, "path"), Text(skipped, "msg")));
    }

    [Fact]
    public async Task Hidden_names_are_left_out()
    {
        var tree = Make(".hidden/file", ".file", "shown");

        Assert.Equal(["shown"], PathsOf(await TreeAsync(tree)));
    }

    [Fact]
    public async Task A_digest_is_told_when_the_server_has_it()
    {
        var tree = Make("file", "nothing");
        File.WriteAllText(folder[$"{tree}/nothing"], "");
        File.SetLastWriteTimeUtc(folder[$"{tree}/nothing"], Old);
        Dictionary<string, string> digests = [];

        // What changed just now is not remembered.
        await Eventually.IsTrueAsync(
            async () =>
            {
                await folder.Server.Client.StreamAsync($"{tree}/file").LastAsync(TestContext.Current.CancellationToken);
                digests = (await TreeAsync(tree)).Where(line => Text(line, "type") == "file").ToDictionary(PathOf, line => Value(line, "digest"), StringComparer.Ordinal);
                return digests["file"].Length > 0;
            },
            "the digest was told");

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("file"u8)), digests["file"]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([])), digests["nothing"]);
        Assert.DoesNotContain(await TreeAsync(tree, "?digest=none"), line => line.TryGetProperty("digest", out var digest) && digest.GetString() != "sha-256");
    }

    [Fact]
    public async Task It_comes_compressed_to_whom_takes_that()
    {
        var tree = Make("a/one", "two");
        var plain = PathsOf(await TreeAsync(tree));

        using var response = await folder.AskAsync("GET", $"/rd/{tree}/", "Accept: application/x-ndjson", "Accept-Encoding: br, gzip;q=0.5");

        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        using var lines = new StreamReader(new GZipStream(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), CompressionMode.Decompress));
        Assert.Equal(plain, PathsOf(LinesOf(await lines.ReadToEndAsync(TestContext.Current.CancellationToken))));
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
    }

    [Fact]
    public async Task The_root_of_the_server_has_a_tree_and_still_answers_the_health_check()
    {
        var tree = Make("file");

        Assert.Contains($"{tree}/file", PathsOf(await LinesAsync(await folder.Server.Client.AskForStreamAsync(""))));
        Assert.Contains("\"ok\":true", await folder.Server.Client.GetStringAsync(new Uri("/rd/", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no/such/", HttpStatusCode.NotFound)]
    [InlineData("file/", HttpStatusCode.NotFound)]
    [InlineData("a/?depth=0", HttpStatusCode.BadRequest)]
    [InlineData("a/?depth=all", HttpStatusCode.BadRequest)]
    [InlineData("a/?digest=md5", HttpStatusCode.BadRequest)]
    [InlineData("a/?after=..%2Fb", HttpStatusCode.BadRequest)]
    [InlineData("a/?after=%2Fetc", HttpStatusCode.BadRequest)]
    [InlineData("a/?after=a%252Fb", HttpStatusCode.BadRequest)]
    [InlineData("a/?after=a%2500b", HttpStatusCode.BadRequest)]
    [InlineData("a/?after=", HttpStatusCode.BadRequest)]
    public async Task What_cannot_be_told_is_an_error_with_a_sentence(string target, HttpStatusCode status)
    {
        var tree = Make("a/b", "file");

        using var response = await folder.Server.Client.AskForStreamAsync($"{tree}/{target}");

        Assert.Equal(status, response.StatusCode);
        Assert.EndsWith(".", JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("msg").GetString(), StringComparison.Ordinal);
    }

    private string Make(params string[] names)
    {
        var tree = Guid.NewGuid().ToString("N");
        foreach (var name in names)
        {
            var path = folder[$"{tree}/{name}"];
            Directory.CreateDirectory(name.EndsWith('/') ? path : Path.GetDirectoryName(path)!);
            if (name.EndsWith('/'))
                continue;
            File.WriteAllText(path, Path.GetFileName(name));
            File.SetLastWriteTimeUtc(path, Old);
        }

        return tree;
    }

    private async Task<List<JsonElement>> TreeAsync(string tree, string query = "")
    {
        using var response = await folder.Server.Client.AskForStreamAsync($"{tree}/{query}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await LinesAsync(response);
    }

    private static async Task<List<JsonElement>> LinesAsync(HttpResponseMessage response) =>
        LinesOf(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

    private static List<JsonElement> LinesOf(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        return [.. text.Split('\n')[..^1].Select(line => JsonElement.Parse(line))];
    }

    private static string[] PathsOf(IEnumerable<JsonElement> lines) =>
        [.. lines.Where(line => Text(line, "type") is "file" or "folder" or "skipped").Select(PathOf)];

    private static string PathOf(JsonElement line) => Value(line, "path");

    private static string Text(JsonElement line, string key) => line.GetProperty(key).GetString()!;

    private static string Value(JsonElement line, string key) => line.TryGetProperty(key, out var value) ? value.ToString() : "";
}
