using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Proof;

/// <summary>A Metalink's pieces prove a file from any server, wherever the Metalink was found.</summary>
public sealed class MetalinkTests
{
    private const int PieceLength = 256 << 10;

    [Theory]
    [InlineData(4, "sha-256", PieceLength)]
    [InlineData(4, "sha-1", 100_000)]
    [InlineData(3, "sha1", 1 << 20)]
    public async Task Pieces_of_a_given_one_are_blocks(int version, string type, int length)
    {
        await using var fixture = await PlainFixture.StartAsync();
        var metalink = await ReadAsync(version == 4 ? Version4(fixture, type, length) : Version3(fixture, type, length));
        fixture.Server.OnRange = WrongOnce(fixture);

        var result = await fixture.DownloadAsync(fixture.Options with { Description = metalink.Files[0], RequireProof = true });

        fixture.AssertComplete(result);
        Assert.Equal((type == "sha-256" ? DigestAlgorithm.Sha256 : DigestAlgorithm.Sha1, "the Metalink"), (result.Algorithm, result.DigestSource));
        Assert.Equal(1, result.WrongBlocks);
        Assert.True(result.BytesFetched < PlainFixture.Size + (2 * length), $"{result.BytesFetched} bytes were fetched");
        Assert.Empty(fixture.Server.AskedBeside);
        Assert.Equal(0, fixture.Server.MetadataRequests);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/metalink4+xml")]
    public async Task One_that_is_beside_the_file_or_announced_is_used(string? announced)
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.Beside[announced is null ? "/file.bin.meta4" : "/other.meta4"] = context => context.Response.WriteAsync(Version4(fixture, "sha-256", PieceLength));
        var wrong = WrongOnce(fixture);
        fixture.Server.OnRange = (context, number) =>
        {
            if (announced is not null)
                context.Response.Headers.Link = $"<other.meta4>; rel=describedby; type=\"{announced}\"";
            return wrong(context, number);
        };

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(announced is null ? "file.bin.meta4 beside it" : "the server's Metalink", result.DigestSource);
        Assert.Equal(1, result.WrongBlocks);
        Assert.Single(fixture.Server.AskedBeside);
    }

    [Fact]
    public async Task Without_pieces_and_size_its_best_digest_proves_the_whole()
    {
        await using var fixture = await PlainFixture.StartAsync();
        var (md5, sha256) = (Hex("MD5", fixture.Server.Content), Hex("SHA256", fixture.Server.Content));
        var metalink = await ReadAsync($"<metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='a'><hash type='md5'>{md5}</hash><hash type='sha-256'>{sha256}</hash><hash type='sha3-512'>00</hash></file></metalink>");

        var result = await fixture.DownloadAsync(fixture.Options with { Description = metalink.Files[0] });

        fixture.AssertComplete(result);
        Assert.Equal(("SHA-256", "the Metalink"), (result.Checksum!.DisplayName, result.ChecksumSource));
    }

    [Fact]
    public async Task From_a_server_without_ranges_its_whole_digest_proves()
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.OnRange = (context, _) => PlainFixture.SendWholeAsync(context, fixture.Server.Content);
        var pieces = Version4(fixture, "sha-256", PieceLength);
        var whole = pieces.Replace("<pieces", $"<hash type='sha-256'>{Convert.ToHexStringLower(SHA256.HashData(fixture.Server.Content))}</hash><pieces", StringComparison.Ordinal);

        var unproven = await fixture.DownloadAsync(fixture.Options with { Description = (await ReadAsync(pieces)).Files[0] });
        File.Delete(fixture.Target);
        var proven = await fixture.DownloadAsync(fixture.Options with { Description = (await ReadAsync(whole)).Files[0] });

        Assert.Equal((DownloadOutcome.Unproven, DownloadOutcome.Complete), (unproven.Outcome, proven.Outcome));
        Assert.Contains(fixture.Events, told => told.Contains("pieces are of no use", StringComparison.Ordinal));
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task One_of_another_version_is_told_of()
    {
        await using var fixture = await PlainFixture.StartAsync();
        var metalink = await ReadAsync($"<metalink><file name='a'><size>5</size><hash type='md5'>{Hex("MD5", [])}</hash></file></metalink>");

        var result = await fixture.DownloadAsync(fixture.Options with { Description = metalink.Files[0] });

        Assert.Equal(DownloadOutcome.NotProven, result.Outcome);
        Assert.Contains("another version", result.Message);
    }

    [Theory]
    [InlineData("<hash type='sha-256'>{0}</hash>", false)]
    [InlineData("<hash type='sha-256'>{0}</hash>", true)]
    [InlineData("<size>5</size>", false)]
    [InlineData("<pieces length='3000000' type='sha-256'><hash>{0}</hash><hash>{0}</hash></pieces>", false)]
    [InlineData("<pieces length='65536' type='sha-256'><hash>{0}</hash></pieces>", false)]
    public async Task What_it_says_counts_whatever_digests_the_mirror_tells_of_itself(string said, bool isFollowed)
    {
        await using var fixture = await ClientFixture.StartAsync(PlainFixture.Size);
        var text = $"<metalink><file name='file.bin'>{said.Replace("{0}", Hex("SHA256", []), StringComparison.Ordinal)}<url>{fixture.Server.Url}</url></file></metalink>";
        fixture.Server.Beside["/get"] = context =>
        {
            context.Response.ContentType = "application/metalink4+xml";
            return context.Response.WriteAsync(text);
        };
        fixture.Server.OnMetadata = (context, number) => context.Request.Path == "/rd/get" ? PlainFixture.NotFound(context, number) : Task.FromResult(false);
        var options = isFollowed ? fixture.Options : fixture.Options with { Description = (await ReadAsync(text)).Files[0] };

        var result = await new Downloader(options).DownloadAsync(new Uri(fixture.Server.Url, isFollowed ? "/get" : ""), fixture.Target, null, TestContext.Current.CancellationToken);

        Assert.True(result.Outcome == DownloadOutcome.NotProven, $"{result.Outcome}: {result.Message}");
        Assert.False(File.Exists(fixture.Target));
    }

    [Fact]
    public async Task Its_digest_of_the_whole_counts_beside_those_of_an_rd_api()
    {
        await using var fixture = await ClientFixture.StartAsync(PlainFixture.Size);
        var metalink = await ReadAsync($"<metalink><file name='a'><hash type='sha-256'>{Hex("SHA256", fixture.Server.Content)}</hash></file></metalink>");
        var options = fixture.Options with { Description = metalink.Files[0] };
        fixture.AssertComplete(await fixture.DownloadAsync(options));
        var again = await fixture.DownloadAsync(options);
        fixture.Server.Content = ScriptedServer.RandomBytes(PlainFixture.Size, seed: 2);
        await File.WriteAllBytesAsync(fixture.Target, fixture.Server.Content, TestContext.Current.CancellationToken);

        var other = await fixture.DownloadAsync(options);

        Assert.Equal((DownloadOutcome.AlreadyComplete, "the Metalink"), (again.Outcome, again.ChecksumSource));
        Assert.Equal(DownloadOutcome.NotProven, other.Outcome);
    }

    [Fact]
    public async Task A_page_in_its_place_does_no_harm()
    {
        await using var fixture = await PlainFixture.StartAsync();
        fixture.Server.Beside["/file.bin.meta4"] = context => context.Response.WriteAsync("<!DOCTYPE html><html><body>Not found</body></html>");

        Assert.Equal(DownloadOutcome.Unproven, (await fixture.DownloadAsync()).Outcome);
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task Names_urls_and_sizes_are_read_in_both_versions()
    {
        var four = await ReadAsync("""
            <?xml version="1.0" encoding="UTF-8"?>
            <metalink xmlns="urn:ietf:params:xml:ns:metalink">
              <published>2026-05-15T12:23:23Z</published>
              <file name="a/b/one.bin"><identity>One</identity><size> 14471447 </size>
                <url>http://last.example/one.bin</url>
                <url location="de" priority="2">http://second.example/one.bin</url>
                <url location="fr" priority="1">https://first.example/one.bin?a=1&amp;b=2</url>
                <url priority="1">ftp://not.example/one.bin</url>
                <metaurl mediatype="torrent" priority="1">http://not.example/one.torrent</metaurl></file>
              <file name="two.bin"/>
            </metalink>
            """);
        var three = await ReadAsync("""
            <metalink version="3.0" xmlns="http://www.metalinker.org/"><files><file name="one.bin"><size>7</size>
              <resources maxconnections="4"><url type="http" location="uk" preference="10">http://second.example/one.bin</url>
              <url type="http" preference="90"><![CDATA[http://first.example/one.bin]]></url></resources></file></files></metalink>
            """);

        Assert.Equal(["a/b/one.bin", "two.bin"], four.Files.Select(file => file.Name));
        Assert.Equal(14471447, four.Files[0].Size);
        Assert.Equal(["https://first.example/one.bin?a=1&b=2", "http://second.example/one.bin", "http://last.example/one.bin"], four.Files[0].Urls.Select(url => url.AbsoluteUri));
        Assert.Equal((null, 0, false), (four.Files[1].Size, four.Files[1].Urls.Count, four.Files[1].HasPieces));
        Assert.Equal(["http://first.example/one.bin", "http://second.example/one.bin"], three.Files[0].Urls.Select(url => url.AbsoluteUri));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no xml")]
    [InlineData("<metalink/>")]
    [InlineData("<html><file name='a'/></html>")]
    [InlineData("<metalink><file name='a'>")]
    [InlineData("<metalink><file><size>1</size></file></metalink>")]
    [InlineData("<metalink><file name='a'><size>-1</size></file></metalink>")]
    [InlineData("<metalink><file name='a'><pieces length='5' type='sha-1'><hash>zz</hash></pieces></file></metalink>")]
    [InlineData("<!DOCTYPE metalink [<!ENTITY e 'x'>]><metalink><file name='&e;'/></metalink>")]
    [InlineData("<metalink><file name='&unknown;'/></metalink>")]
    [InlineData("<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>")]
    public Task What_is_none_is_refused(string text) => Assert.ThrowsAsync<ProtocolException>(() => ReadAsync(text));

    [Fact]
    public async Task Of_all_its_URLs_so_many_are_kept_that_they_fit_into_memory()
    {
        var urls = string.Concat(Enumerable.Range(0, 1001).Select(number => $"<url>http://a/{number}</url>"));

        var metalink = await ReadAsync($"<metalink>{string.Concat(Enumerable.Repeat($"<file name='a'>{urls}</file>", 201))}</metalink>");

        Assert.Equal((1000, 200_000), (metalink.Files[0].Urls.Count, metalink.Files.Sum(file => file.Urls.Count)));
    }

    [Fact]
    public async Task What_is_said_of_a_long_name_is_short()
    {
        var name = new string('n', 1 << 20);

        var ofFile = await Assert.ThrowsAsync<ProtocolException>(() => ReadAsync($"<metalink><file name='{name}'><size>-</size></file></metalink>"));
        var ofElement = await Assert.ThrowsAsync<ProtocolException>(() => ReadAsync($"<metalink><{name}></metalink>"));

        Assert.InRange(ofFile.Message.Length + ofElement.Message.Length, 1, 1000);
    }

    [Theory]
    [InlineData("<metalink><file name='a'><url>", "http://a/")]
    [InlineData("<metalink>", "<file name='a'/>")]
    public async Task An_endless_one_is_refused(string start, string more)
    {
        await using var endless = new EndlessStream(start, more);

        await Assert.ThrowsAsync<ProtocolException>(() => Metalink.ReadAsync(endless, TestContext.Current.CancellationToken));
    }

    // Bytes of the third range that are not the file's.
    private static Func<HttpContext, int, Task<bool>> WrongOnce(ClientFixture fixture)
    {
        var isWrong = 0;
        return async (context, _) =>
        {
            if (context.Request.Headers.Range.Count == 0 || ScriptedServer.RangeOf(context).From == 0 || Interlocked.Exchange(ref isWrong, 1) == 1)
                return false;
            var body = fixture.Server.Slice(context);
            body[body.Length / 2] ^= 1;
            await ScriptedServer.SendRangeAsync(context, fixture.Server.Content.Length, body);
            return true;
        };
    }

    private static string Version4(ClientFixture fixture, string type, int length) =>
        $"<?xml version='1.0'?><metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='file.bin'><size>{fixture.Server.Content.Length}</size>{Pieces(fixture, type, length)}<url>{fixture.Server.Url}</url></file></metalink>";

    private static string Version3(ClientFixture fixture, string type, int length) =>
        $"<metalink version='3.0' xmlns='http://www.metalinker.org/'><files><file name='file.bin'><size>{fixture.Server.Content.Length}</size><verification>{Pieces(fixture, type, length)}</verification></file></files></metalink>";

    private static string Pieces(ClientFixture fixture, string type, int length)
    {
        var text = new StringBuilder($"<pieces length='{length}' type='{type}'>");
        foreach (var (piece, number) in fixture.Server.Content.Chunk(length).Select((piece, number) => (piece, number)))
            text.Append($"<hash{(type == "sha1" ? $" piece='{number}'" : "")}>{Hex(type.Replace("-", "").ToUpperInvariant(), piece)}</hash>");
        return text.Append("</pieces>").ToString();
    }

    private static string Hex(string algorithm, byte[] content) => Convert.ToHexStringLower(CryptographicOperations.HashData(new HashAlgorithmName(algorithm), content));

    private static async Task<Metalink> ReadAsync(string text)
    {
        using var document = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await Metalink.ReadAsync(document, TestContext.Current.CancellationToken);
    }
}
