using System.Net;
using System.Security.Cryptography;
using System.Xml.Linq;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Proof;

/// <summary>Metalinks of version 4, which the server makes of the digests that it has anyway.</summary>
public sealed class MetalinkTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private static readonly XNamespace Meta = "urn:ietf:params:xml:ns:metalink";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("meta4", "sha-256")]
    [InlineData("meta4=sha-1", "sha-1")]
    [InlineData("x=y&meta4=sha-256", "sha-256")]
    public async Task It_has_size_pieces_and_the_URL_as_the_client_reached_the_server(string query, string algorithm)
    {
        var content = SampleFile.Create(folder["pieces file"], 5_000_000);
        using var answer = await folder.AskAsync("GET", $"pieces%20file?{query}", "Host: files.example:81");

        Assert.Equal("application/metalink4+xml", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("pieces file.meta4", answer.Content.Headers.ContentDisposition?.FileNameStar);
        var file = FilesIn(await answer.Content.ReadAsStringAsync(Cancellation)).Single();
        Assert.Equal("pieces file", file.Attribute("name")?.Value);
        Assert.Equal("5000000", file.Element(Meta + "size")?.Value);
        Assert.Equal("http://files.example:81/pieces%20file", file.Element(Meta + "url")?.Value);
        var pieces = file.Element(Meta + "pieces")!;
        Assert.Equal((algorithm, "2097152"), (pieces.Attribute("type")?.Value, pieces.Attribute("length")?.Value));
        var expected = content.Chunk(2 << 20).Select(block => Convert.ToHexStringLower(algorithm == "sha-1" ? SHA1.HashData(block) : SHA256.HashData(block)));
        Assert.Equal(expected, pieces.Elements(Meta + "hash").Select(hash => hash.Value));
    }

    [Fact]
    public async Task The_digest_of_the_whole_file_is_in_it_once_it_is_known()
    {
        var name = folder.CreateFile("content");
        Assert.Null(FilesIn(await folder.Server.Client.GetStringAsync($"{name}?meta4", Cancellation)).Single().Element(Meta + "hash"));
        await folder.Server.Client.GetStringAsync($"{name}?sha256", Cancellation);
        var hash = FilesIn(await folder.Server.Client.GetStringAsync($"{name}?meta4", Cancellation)).Single().Element(Meta + "hash");
        Assert.Equal(("sha-256", Convert.ToHexStringLower(SHA256.HashData("content"u8))), (hash?.Attribute("type")?.Value, hash?.Value));
    }

    [Fact]
    public async Task That_of_a_folder_has_all_files_below_it_with_relative_names()
    {
        foreach (var name in (string[])["tree/a b", "tree/sub/ü&<\"", "tree/sub/deep/empty", "tree/line\nfeed"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            await File.WriteAllTextAsync(folder[name], name.EndsWith("empty", StringComparison.Ordinal) ? "" : name, Cancellation);
        }

        await File.WriteAllBytesAsync(folder["tree/sub"] + "/.hidden", [1], Cancellation);
        Directory.CreateSymbolicLink(folder["tree/sub/deep/loop"], "../..");
        var files = FilesIn(await folder.Server.Client.GetStringAsync("tree/?meta4", Cancellation));

        Assert.Equal(
            [("a b", "tree/a%20b"), ("line%0Afeed", "tree/line%0Afeed"), ("sub/deep/empty", "tree/sub/deep/empty"), ("sub/ü&<\"", "tree/sub/%C3%BC%26%3C%22")],
            files.Select(file => (file.Attribute("name")!.Value, new Uri(file.Element(Meta + "url")!.Value).AbsolutePath[1..])).OrderBy(file => file.Item1, StringComparer.Ordinal));
        Assert.All(files, file => Assert.True(file.Element(Meta + "pieces") is not null || file.Element(Meta + "size")!.Value == "0"));
        using var redirect = await folder.AskAsync("GET", "tree?meta4");
        Assert.Equal("/tree/?meta4", redirect.RequestMessage!.RequestUri!.PathAndQuery);
    }

    [Fact]
    public async Task It_follows_the_grammar_of_its_RFC()
    {
        using var temp = new TempFolder();
        SampleFile.Create(folder["grammar"], 3_000_000);
        await folder.Server.Client.GetStringAsync("grammar?sha256", Cancellation);
        await File.WriteAllTextAsync(temp["file.meta4"], await folder.Server.Client.GetStringAsync("grammar?meta4", Cancellation), Cancellation);
        await Tool.RunAsync(temp.Path, "xmllint", "--noout", "--relaxng", Path.Combine(AppContext.BaseDirectory, "RdApi/Proof/metalink4.rng"), "file.meta4");
    }

    [Fact]
    public async Task Mirrors_are_in_it_and_in_the_header_of_the_file()
    {
        using var root = new TempFolder();
        SampleFile.Create(root["a b"], 1000);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--mirror", "https://one.example/pub", "--mirror", "http://two.example/");
        string[] mirrors = ["https://one.example/pub/a%20b", "http://two.example/a%20b"];

        var urls = FilesIn(await server.Client.GetStringAsync("a%20b?meta4", Cancellation)).Single().Elements(Meta + "url").ToList();
        Assert.Equal([$"{server.BaseAddress}a%20b", .. mirrors], urls.Select(url => url.Value));
        Assert.Equal(["1", "2", "3"], urls.Select(url => url.Attribute("priority")!.Value));
        using var answer = await server.Client.GetAsync(new Uri("a%20b", UriKind.Relative), Cancellation);
        var link = answer.Headers.GetValues("Link").Single();
        Assert.All(mirrors, mirror => Assert.Contains($", <{mirror}>; rel=\"duplicate\"", link, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_does_not_want_to_wait_is_told_how_far_it_is_and_when_to_come_back()
    {
        SampleFile.CreateZeros(folder["slow"], 1L << 40);
        using (var answer = await folder.AskAsync("GET", "slow?meta4", "Prefer: respond-async, wait=0"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Null(answer.Content.Headers.ContentDisposition);
            Assert.InRange(answer.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 60);
            Assert.Equal("wait=0", answer.Headers.GetValues("Preference-Applied").Single());
            Assert.Contains(" of 1099511627776 bytes", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        File.Delete(folder["slow"]);
    }

    [Theory]
    [InlineData("GET", "nothing?meta4", HttpStatusCode.NotFound)]
    [InlineData("GET", "rd/nothing?meta4", HttpStatusCode.NotFound)]
    [InlineData("GET", "nothing?sha256", HttpStatusCode.NotFound)]
    [InlineData("GET", "?meta4=md5", HttpStatusCode.BadRequest)]
    [InlineData("POST", "?meta4", HttpStatusCode.MethodNotAllowed)]
    public async Task Other_requests_are_refused(string method, string target, HttpStatusCode status)
    {
        using var answer = await folder.AskAsync(method, target);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_folder_with_too_much_below_it_is_refused_and_those_in_it_are_not()
    {
        using var root = TempFolder.InMemory();
        await using var server = await RdApiProcess.StartAsync(root.Path);
        Directory.CreateDirectory(root["many/some"]);
        Directory.CreateDirectory(root["deep/" + string.Join('/', Enumerable.Repeat("d", 64))]);
        for (var i = 0; i < 10_001; i++)
            File.OpenHandle(root[i < 10 ? $"many/some/{i}" : $"many/{i}"], FileMode.CreateNew, FileAccess.Write).Dispose();

        foreach (var (target, sentence) in new[] { ("many/?meta4", "more than 10000 files"), ("deep/?meta4", "more than 64 folders") })
        {
            using var answer = await server.Client.GetAsync(new Uri(target, UriKind.Relative), Cancellation);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Contains(sentence, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        Assert.Equal(10, FilesIn(await server.Client.GetStringAsync("many/some/?meta4", Cancellation)).Count);
        using var empty = await server.Client.GetAsync(new Uri("deep/d/?meta4", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, empty.StatusCode);
    }

    [Fact]
    public async Task That_of_a_folder_leaves_no_file_out_because_too_much_is_being_hashed()
    {
        using var root = TempFolder.InMemory();
        Directory.CreateDirectory(root["new"]);
        await File.WriteAllTextAsync(root["new/known"], "content", Cancellation);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--worker", "1", "--block-size", "64M");
        await server.Client.GetStringAsync("new/known?meta4", Cancellation);
        await File.WriteAllTextAsync(root["new/other"], "other content", Cancellation);
        // As many as one client may have hashed, and as much that none is done soon.
        for (var i = 0; i < 256; i++)
            SampleFile.CreateThin(root[$"job-{i}"], 4L << 30, 64 << 20);
        var jobs = await Task.WhenAll(Enumerable.Range(0, 256).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"rd/job-{i}");
            request.Headers.Accept.ParseAdd("application/x-ndjson");
            return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        }));
        Assert.All(jobs, job => Assert.Equal(HttpStatusCode.OK, job.StatusCode));

        using var answer = await server.Client.GetAsync(new Uri("new/?meta4", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        // As long as they are read, they are not dropped.
        Assert.All(jobs, job => job.Dispose());
    }

    [Fact]
    public async Task That_of_a_file_of_a_tebibyte_is_never_in_memory()
    {
        using var root = new TempFolder();
        SampleFile.CreateZeros(root["huge"], 1L << 40);
        await using var server = await RdApiProcess.StartAsync(root.Path);
        using var answer = await server.Client.GetAsync(new Uri("huge?meta4", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await using var body = await answer.Content.ReadAsStreamAsync(Cancellation);
        // Nothing has been read of 47 MB of text: what the server holds now are the digests, 16 MiB, and buffers.
        Assert.InRange(ProcessStatus.Of(server.Process.Id).ResidentBytes, 1, 112 << 20);
        using var lines = new StreamReader(body);
        var hashes = 0;
        while (await lines.ReadLineAsync(Cancellation) is { } line)
            hashes += line.Contains("<hash>", StringComparison.Ordinal) ? 1 : 0;
        Assert.Equal(1 << 19, hashes);
        Assert.InRange(ProcessStatus.Of(server.Process.Id).ResidentBytes, 1, 112 << 20);
    }

    private static List<XElement> FilesIn(string document) => [.. XDocument.Parse(document).Root!.Elements(Meta + "file")];
}
