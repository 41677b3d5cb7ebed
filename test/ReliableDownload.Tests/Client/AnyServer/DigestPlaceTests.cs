using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Client.Network;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.AnyServer;

/// <summary>Where the digests of a file are found.</summary>
public sealed class DigestPlaceTests
{
    private const int Size = (10 * ClientFixture.BlockSize) + 5;

    [Fact]
    public async Task The_query_goes_with_the_file_and_its_digests()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var queries = new ConcurrentQueue<string>();
        fixture.Server.OnRange = fixture.Server.OnMetadata = (context, _) =>
        {
            queries.Enqueue(context.Request.QueryString.Value!);
            return Task.FromResult(false);
        };

        var result = await new Downloader(fixture.Options).DownloadAsync(
            new Uri($"{fixture.Server.Url}?key=a%2Fb&from=7"), fixture.Target, null, TestContext.Current.CancellationToken);

        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        Assert.All(queries, query => Assert.StartsWith("?key=a%2Fb", query));
        Assert.Contains("?key=a%2Fb&digest=sha-256", queries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task They_are_found_behind_a_prefix(bool isNamed)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var asked = new ConcurrentQueue<string>();
        await using var front = await PrefixAsync(fixture.Server, asked, isNamed);

        var result = await new Downloader(fixture.Options).DownloadAsync(
            new Uri(front.Url, "/a/b/sub/file.bin"), fixture.Target, null, TestContext.Current.CancellationToken);

        Assert.Equal((DownloadOutcome.Complete, ""), (result.Outcome, result.Message));
        fixture.AssertTargetIsRight();
        Assert.Contains("/a/b/rd/sub/file.bin", asked);
        Assert.Equal(isNamed ? 0 : 2, asked.Count(path => path is "/a/rd/b/sub/file.bin" or "/a/b/sub/rd/file.bin"));
    }

    [Fact]
    public async Task Digests_of_a_file_of_another_size_are_not_those_of_the_file()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        await using var other = await ClientFixture.StartAsync(Size + 1);
        fixture.Server.OnMetadata = (context, _) => SendDigestsAsync(context, other.Server);

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains($"of a file of {Size + 1} bytes, but the server's file has {Size}", result.Message);
    }

    [Theory]
    [InlineData("<a>; rel=\"describedby\"; type=\"application/x-ndjson\"", "a")]
    [InlineData("<a,b;c>;type=application/x-ndjson ; REL=describedby", "a,b;c")]
    [InlineData("<x>; rel=next, <a>; title=\"a, <b>; c\"; rel=\"up describedby\"; type=application/x-ndjson", "a")]
    [InlineData("<a>; rel=describedby; type=text/html", null)]
    [InlineData("<a>; rel=other; type=application/x-ndjson", null)]
    [InlineData("<a; rel=describedby; type=application/x-ndjson", null)]
    [InlineData("a; rel=\"describedby; type=application/x-ndjson", null)]
    [InlineData(";,<>\"", null)]
    public void Link_headers_are_read(string header, string? target) =>
        Assert.Equal(target, LinkHeader.FindAll([header], "describedby", Wire.StreamMediaType).FirstOrDefault());

    /// <summary>A proxy that serves an rd-api below <c>/a/b/</c>.</summary>
    private static async Task<ScriptedServer> PrefixAsync(ScriptedServer server, ConcurrentQueue<string> asked, bool isNamed)
    {
        var front = await ScriptedServer.StartAsync(server.Content, server.BlockSize);
        front.OnRange = (context, _) =>
        {
            var path = context.Request.Path.Value!;
            asked.Enqueue(path);
            if (isNamed)
                context.Response.Headers.Link = $"<../rd/sub/file.bin>; rel=\"describedby\"; type=\"{Wire.StreamMediaType}\"";
            if (path == "/a/b/sub/file.bin")
                return Task.FromResult(false);
            return path == "/a/b/rd/sub/file.bin" ? SendDigestsAsync(context, server) : PlainFixture.NotFound(context, 0);
        };
        front.OnMetadata = PlainFixture.NotFound;
        return front;
    }

    private static async Task<bool> SendDigestsAsync(HttpContext context, ScriptedServer server)
    {
        await ScriptedServer.SendStreamAsync(context, lines =>
        {
            var digests = server.Digests();
            lines.File(server.FileLine);
            lines.Blocks(0, digests.Run(0, digests.Count), digests.Algorithm.Size);
            lines.End(digests.Root());
        });
        return true;
    }
}
