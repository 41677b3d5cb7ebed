using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ReliableDownload.Api;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Trees;

/// <summary>Many files in one answer.</summary>
public sealed class FilesTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_come_in_the_order_asked_for_with_the_digests_of_their_bytes()
    {
        var tree = Make(("a/b c", 5), ("z", 4096), ("empty", 0), ("a/ü", 100_000), ("block", 2 << 20), ("x1", 300), ("x2", 300), ("x3", 300), ("x4", 300));
        string[] names = ["z", "a/b%20c", "block", "a/%C3%BC", "empty", "x4", "x3", "x1", "x2", "z"];

        var answer = await AskAsync(tree, names);

        Assert.Equal([.. names, ""], answer.Select(file => file.Path));
        foreach (var (line, content) in answer[..^1])
        {
            Assert.Equal("content", line.GetProperty("type").GetString());
            Assert.Equal(File.ReadAllBytes(folder[$"{tree}/{Uri.UnescapeDataString(line.GetProperty("path").GetString()!)}"]), content);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), line.GetProperty("digest").GetString());
        }

        Assert.Equal("end", answer[^1].Type);
    }

    [Fact]
    public async Task A_file_comes_with_what_its_line_in_the_tree_says()
    {
        var tree = Make(("file", 10));

        var (line, _) = (await AskAsync(tree, ["file"]))[0];

        using var response = await folder.Server.Client.AskForStreamAsync($"{tree}/");
        var told = JsonElement.Parse((await response.Content.ReadAsStringAsync(Cancellation)).Split('\n').Single(line => line.Contains("\"type\":\"file\"", StringComparison.Ordinal)));
        foreach (var key in (string[])["path", "size", "version", "modified", "mode"])
            Assert.Equal(told.GetProperty(key).ToString(), line.GetProperty(key).ToString());
    }

    [Fact]
    public async Task A_file_that_has_another_version_than_the_client_knows_is_sent_as_it_is()
    {
        var tree = Make(("file", 10));

        var answer = await AskTextAsync(tree, "{\"version\":\"1-2\",\"later\":[{}],\"path\":\"file\"}");

        Assert.Equal(["content", "end"], answer.Select(file => file.Type));
    }

    [Fact]
    public async Task What_is_missing_is_told_in_its_place_and_the_rest_still_comes()
    {
        var tree = Make(("a", 1), ("folder/x", 1), (".hidden", 1), ("large", (2 << 20) + 1), ("z", 1));
        File.CreateSymbolicLink(folder[$"{tree}/outside"], "/etc/hostname");
        File.CreateSymbolicLink(folder[$"{tree}/loop"], "loop");
        File.CreateSymbolicLink(folder[$"{tree}/link"], "folder/x");
        SpecialFiles.CreateFifo(folder[$"{tree}/fifo"]);

        var answer = await AskAsync(tree, ["a", "gone", "folder", "folder/gone", "no/such", "a/file", ".hidden", "outside", "loop", "link", "fifo", "large", "z"]);

        Assert.Equal(
            ["content", "gone", "gone", "gone", "gone", "gone", "gone", "gone", "gone", "content", "gone", "large", "content", "end"],
            answer.Select(file => file.Type));
    }

    [Fact]
    public async Task An_answer_ends_at_its_bound_and_says_where_to_go_on()
    {
        var tree = Make(("file", 2 << 20));
        var names = Enumerable.Repeat("file", 40).ToArray();

        var answer = await AskAsync(tree, names);

        var rest = answer[^1];
        Assert.Equal(("rest", 32), (rest.Type, rest.Line.GetProperty("from").GetInt32()));
        Assert.Equal(33, answer.Count);
    }

    [Fact]
    public async Task Nothing_asked_for_is_nothing_answered()
    {
        Assert.Equal("end", Assert.Single(await AskTextAsync(Make(("a", 1)), "")).Type);
    }

    [Fact]
    public async Task The_digest_of_what_was_sent_is_told_in_the_tree_from_then_on_and_after_a_restart()
    {
        using var cache = new TempFolder();
        var tree = Make(("a/file", 10));
        var path = folder[$"{tree}/a/file"];
        File.WriteAllText(path, "0123456789");
        await SampleFile.SettledAsync(path);
        var digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
        for (var start = 0; start < 2; start++)
        {
            await using var server = await RdApiProcess.StartAsync(folder[tree], "--cache", cache["digests.db"]);
            Assert.Equal(start > 0, (await TreeAsync(server)).Contains(digest, StringComparison.Ordinal));
            using var names = Batch.Of("a/file");
            using var answer = await server.Client.PostAsync(new Uri("/rd/", UriKind.Relative), names, Cancellation);
            await answer.Content.ReadAsByteArrayAsync(Cancellation);
            Assert.Contains(digest, await TreeAsync(server), StringComparison.Ordinal);
            server.Process.Send(Signal.Terminate);
            Assert.Equal(0, await server.Process.WaitForExitAsync());
        }

        static async Task<string> TreeAsync(RdApiProcess server)
        {
            using var response = await server.Client.AskForStreamAsync("");
            return await response.Content.ReadAsStringAsync(Cancellation);
        }
    }

    [Fact]
    public async Task A_file_that_is_rewritten_all_the_time_comes_with_the_digest_of_what_was_sent()
    {
        var tree = Make(("file", 50_000));
        var path = folder[$"{tree}/file"];
        using var ending = new CancellationTokenSource();
        var writing = Task.Run(
            () =>
            {
                for (var i = 0; !ending.IsCancellationRequested; i++)
                {
                    using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                    var content = new byte[50_000 + (i % 100)];
                    content.AsSpan().Fill((byte)i);
                    RandomAccess.Write(file, content, 0);
                    RandomAccess.SetLength(file, 50_000 + (i % 100));
                }
            },
            Cancellation);

        var answers = 0;
        try
        {
            // While it is written all the time the server may find no moment for it, and says so.
            for (var i = 0; i < 20; i++)
                Check(await AskAsync(tree, ["file", "file", "file"]));
        }
        finally
        {
            await ending.CancelAsync();
            await writing;
        }

        Check(await AskAsync(tree, ["file"]));
        Assert.True(answers > 0);

        void Check(IEnumerable<FileAnswer> files)
        {
            foreach (var (line, content) in files.Where(file => file.Type == "content"))
            {
                answers++;
                Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), line.GetProperty("digest").GetString());
            }
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"path\":1}")]
    [InlineData("{\"path\":\"a\"")]
    [InlineData("{\"path\":\"a\"}}")]
    [InlineData("{\"path\":\"a\"} {\"path\":\"a\"}")]
    [InlineData("\"a\"")]
    [InlineData("a")]
    [InlineData("{\"path\":\"\"}")]
    [InlineData("{\"path\":\".\"}")]
    [InlineData("{\"path\":\"..\"}")]
    [InlineData("{\"path\":\"a/../b\"}")]
    [InlineData("{\"path\":\"a/%2e%2e/b\"}")]
    [InlineData("{\"path\":\"../../../../etc/passwd\"}")]
    [InlineData("{\"path\":\"/etc/passwd\"}")]
    [InlineData("{\"path\":\"a//b\"}")]
    [InlineData("{\"path\":\"a/\"}")]
    [InlineData("{\"path\":\"a%2Fb\"}")]
    [InlineData("{\"path\":\"a%5Cb\"}")]
    [InlineData("{\"path\":\"a\\\\b\"}")]
    [InlineData("{\"path\":\"a%00b\"}")]
    [InlineData("{\"path\":\"a\\u0000b\"}")]
    [InlineData("{\"path\":\"a%\"}")]
    [InlineData("{\"path\":\"a%4\"}")]
    [InlineData("{\"path\":\"a%zz\"}")]
    [InlineData("{\"path\":\"\\ud800\"}")]
    [InlineData("{\"path\":{\"path\":{\"path\":{}}}}")]
    public async Task A_line_that_names_no_file_is_refused_with_its_number(string line)
    {
        var tree = Make(("a", 1));

        using var response = await PostAsync($"/rd/{tree}/", Batch.OfText($"{{\"path\":\"a\"}}\n{line}\n"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("Line 2 is not an object with the path of a file below this folder.", await MessageAsync(response));
    }

    [Fact]
    public async Task Too_many_names_and_too_many_bytes_are_refused()
    {
        var tree = Make(("a", 1));
        using var many = await PostAsync($"/rd/{tree}/", Batch.Of(Enumerable.Repeat("a", Limits.BatchFiles + 1)));
        using var endless = await PostAsync($"/rd/{tree}/", Batch.OfText(new string('x', 5 * Limits.BatchRequest)));
        using var chunked = await PostAsync($"/rd/{tree}/", Batch.OfText(new string('x', 5 * Limits.BatchRequest)), isChunked: true);

        foreach (var response in (HttpResponseMessage[])[many, endless, chunked])
        {
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            Assert.EndsWith("ask for the others in further ones.", await MessageAsync(response), StringComparison.Ordinal);
        }

        Assert.Equal(Limits.BatchFiles + 1, (await AskAsync(tree, [.. Enumerable.Repeat("a", Limits.BatchFiles)])).Count);
    }

    [Fact]
    public async Task Only_names_in_their_own_media_type_are_read()
    {
        using var content = new StringContent("{\"path\":\"a\"}\n", Encoding.UTF8, "text/plain");
        using var response = await folder.Server.Client.PostAsync(new Uri($"/rd/{Make(("a", 1))}/", UriKind.Relative), content, Cancellation);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Theory]
    [InlineData("/rd/no/such/", HttpStatusCode.NotFound)]
    [InlineData("/rd/no", HttpStatusCode.MethodNotAllowed)]
    [InlineData("/no/", HttpStatusCode.MethodNotAllowed)]
    public async Task There_are_no_files_where_there_is_no_folder(string target, HttpStatusCode status)
    {
        using var response = await PostAsync(target, Batch.Of("a"));

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Other_methods_are_refused(string method)
    {
        using var response = await folder.AskAsync(method, $"/rd/{Make(("a", 1))}/", "Accept: application/x-ndjson");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "HEAD", "POST"], response.Content.Headers.Allow.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_same_connection_goes_on_after_an_answer_and_after_a_refusal()
    {
        var tree = Make(("a", 1));
        await using var connection = await RawConnection.OpenAsync(folder.Server.BaseAddress);
        foreach (var (body, expected) in ((string, string)[])[("{\"path\":\"a\"}\n", "\"type\":\"end\"}"), ("wrong\n", "Line 1 is not"), ("{\"path\":\"b\"}\n", "\"type\":\"gone\"")])
        {
            await connection.SendAsync($"POST /rd/{tree}/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n{body}");
            var answer = "";
            while (!answer.Contains(expected, StringComparison.Ordinal) || !answer.EndsWith("\r\n", StringComparison.Ordinal))
                answer += await connection.ReadSomeAsync();
        }
    }

    private string Make(params (string Name, int Size)[] files)
    {
        var tree = Guid.NewGuid().ToString("N");
        foreach (var (name, size) in files)
        {
            var path = folder[$"{tree}/{name}"];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(size));
            File.SetLastWriteTimeUtc(path, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        }

        return tree;
    }

    private Task<List<FileAnswer>> AskAsync(string tree, string[] names) => AskAsync(tree, Batch.Of(names));

    private Task<List<FileAnswer>> AskTextAsync(string tree, string body) => AskAsync(tree, Batch.OfText(body));

    private async Task<List<FileAnswer>> AskAsync(string tree, HttpContent body)
    {
        using var response = await PostAsync($"/rd/{tree}/", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/x-reliable-download-files", response.Content.Headers.ContentType!.MediaType);
        return FileAnswer.All(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    private async Task<HttpResponseMessage> PostAsync(string target, HttpContent body, bool isChunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = body };
        request.Headers.TransferEncodingChunked = isChunked;
        // Refused bodies end their connection, and a POST is not sent again by itself if it meets the end of one.
        request.Headers.ConnectionClose = true;
        return await folder.Server.Client.SendAsync(request, Cancellation);
    }

    private static async Task<string?> MessageAsync(HttpResponseMessage response) =>
        JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation)).GetProperty("msg").GetString();

    private sealed record FileAnswer(JsonElement Line, byte[] Content)
    {
        public string Type => Line.GetProperty("type").GetString()!;

        public string Path => Line.TryGetProperty("path", out var path) ? path.GetString()! : "";

        public static List<FileAnswer> All(ReadOnlySpan<byte> body)
        {
            List<FileAnswer> all = [];
            while (!body.IsEmpty)
            {
                var end = body.IndexOf((byte)'\n');
                var line = JsonElement.Parse(body[..end]);
                var size = line.TryGetProperty("size", out var bytes) ? bytes.GetInt32() : 0;
                all.Add(new FileAnswer(line, body.Slice(end + 1, size).ToArray()));
                body = body[(end + 1 + size)..];
            }

            return all;
        }
    }
}
