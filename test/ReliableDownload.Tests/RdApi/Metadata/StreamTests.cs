using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Metadata;

public sealed class StreamTests
{
    private const int BlockSize = 64 << 10;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_digest_is_told_once_in_order_whatever_the_size()
    {
        using var root = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64K");
        foreach (var size in (int[])[0, 1, BlockSize - 1, BlockSize, BlockSize + 1, (3 * BlockSize) - 1, 3 * BlockSize, 20_000_000])
        {
            var content = SampleFile.Create(root[$"{size}"], size);
            var lines = await server.Client.StreamAsync($"{size}").ToListAsync(Cancellation);
            var expected = content.Chunk(BlockSize).SelectMany(SHA256.HashData).ToArray();
            Assert.Equal(expected, MetadataClient.DigestsOf(lines, SHA256.HashSizeInBytes));
            Assert.Equal(SHA256.HashData(expected), Assert.IsType<StreamLine.End>(lines[^1]).Root);
        }
    }

    [Fact]
    public async Task The_first_line_says_which_file_and_version()
    {
        using var root = new TempFolder();
        SampleFile.Create(root["a b"], BlockSize + 1);
        File.SetLastWriteTimeUtc(root["a b"], new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc));
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64K");
        var first = Assert.IsType<StreamLine.File>(await server.Client.StreamAsync("a%20b").FirstAsync(Cancellation));
        Assert.Equal("a b", first.Path);
        Assert.Equal(new BlockLayout(BlockSize + 1, BlockSize), first.Layout);
        Assert.Equal(DigestAlgorithm.Sha256, first.Algorithm);
        Assert.Equal(DateTimeOffset.Parse("2026-01-02T03:04:05.678Z", CultureInfo.InvariantCulture), first.Modified);
        using var file = await server.Client.GetAsync(new Uri("/a%20b", UriKind.Relative), Cancellation);
        Assert.Equal(file.Headers.ETag!.Tag, first.Version!.Value.ETag);
    }

    [Fact]
    public async Task Digests_are_SHA_1_where_the_client_asks_for_it()
    {
        using var root = new TempFolder();
        var content = SampleFile.Create(root["file"], 200_000);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64K");
        var lines = await server.Client.StreamAsync("file?digest=sha-1").ToListAsync(Cancellation);
        Assert.Equal(content.Chunk(BlockSize).SelectMany(SHA1.HashData), MetadataClient.DigestsOf(lines, SHA1.HashSizeInBytes));
    }

    [Fact]
    public async Task A_broken_stream_is_continued_at_a_block_and_the_root_is_over_all()
    {
        using var root = new TempFolder();
        SampleFile.Create(root["file"], 10 * BlockSize);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64K");
        var all = await server.Client.StreamAsync("file").ToListAsync(Cancellation);
        var version = ((StreamLine.File)all[0]).Version;
        var rest = await server.Client.StreamAsync($"file?from=7&version={version}").ToListAsync(Cancellation);
        Assert.Equal(MetadataClient.DigestsOf(all, 32)[(7 * 32)..], MetadataClient.DigestsOf(rest, 32, from: 7));
        Assert.Equal(((StreamLine.End)all[^1]).Root, ((StreamLine.End)rest[^1]).Root);
        var nothing = await server.Client.StreamAsync("file?from=10").ToListAsync(Cancellation);
        Assert.Equal(2, nothing.Count);
    }

    [Theory]
    [InlineData("file?version=1-1", HttpStatusCode.Conflict)]
    [InlineData("file?digest=md5", HttpStatusCode.BadRequest)]
    [InlineData("file?from=-1", HttpStatusCode.BadRequest)]
    [InlineData("file?from=x", HttpStatusCode.BadRequest)]
    [InlineData("file?from=3", HttpStatusCode.BadRequest)]
    [InlineData("file?from=99999999999", HttpStatusCode.BadRequest)]
    [InlineData("other", HttpStatusCode.NotFound)]
    public async Task A_request_that_cannot_be_met_has_its_status_and_a_sentence(string target, HttpStatusCode status)
    {
        using var root = new TempFolder();
        SampleFile.Create(root["file"], 2 * BlockSize);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64K");
        using var response = await server.Client.AskForStreamAsync(target);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("\"ok\":false,\"msg\":\"", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_for_whom_there_is_nothing_new_is_told_so_every_two_seconds()
    {
        using var root = new TempFolder();
        const int BlockCount = 16 << 10;
        SampleFile.CreateThin(root["huge"], (long)BlockCount << 24, 1 << 24);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "16M");
        var began = TimeProvider.System.GetTimestamp();
        // It has all blocks, and waits for the root.
        var lines = await server.Client.StreamAsync($"huge?from={BlockCount}").Take(3).ToListAsync(Cancellation);
        // Two silences; the rest is for a busy machine.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, 10 * Wire.MaxSilence);
        var first = Assert.IsType<StreamLine.Wait>(lines[1]).Hashed;
        Assert.InRange(first, 1, BlockCount - 1);
        Assert.InRange(Assert.IsType<StreamLine.Wait>(lines[2]).Hashed, first + 1, BlockCount - 1);
    }

    [Fact]
    public async Task A_file_of_more_blocks_than_the_protocol_allows_is_refused_in_words()
    {
        using var root = new TempFolder();
        SampleFile.CreateZeros(root["huge"], (1L << 40) + 1);
        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", "64K");
        using var response = await server.Client.AskForStreamAsync("huge");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("--block-size", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HEAD_says_which_form_would_come_and_that_nothing_may_store_it()
    {
        using var root = new TempFolder();
        SampleFile.Create(root["file"], 1);
        await using var server = await RdApiProcess.StartAsync(root.Path);
        using var request = new HttpRequestMessage(HttpMethod.Head, "/rd/file");
        request.Headers.Accept.ParseAdd(Wire.StreamMediaType);
        using var response = await server.Client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Wire.StreamMediaType, response.Content.Headers.ContentType!.MediaType);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }
}
