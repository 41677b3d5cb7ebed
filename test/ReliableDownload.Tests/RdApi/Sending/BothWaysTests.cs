using System.Net;
using System.Net.Http.Headers;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Sending;

/// <summary>
/// What a client sees must not depend on how a file's bytes leave: by sendfile on a connection of HTTP/1.1, through memory under TLS, in records of HTTP/1.1 or frames of HTTP/2.
/// </summary>
public sealed class BothWaysTests(BothWays folder) : IClassFixture<BothWays>
{
    private const int Region = 2 << 20;

    public static TheoryData<string, int> SizesAroundEveryEdge()
    {
        var data = new TheoryData<string, int>();
        foreach (var size in (int[])[0, 1, 4096, 65_535, 65_536, 65_537, Region - 1, Region, Region + 1, (3 * Region) + 12_345])
        {
            data.Add("kernel", size);
            data.Add("TLS", size);
            data.Add("HTTP/2", size);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SizesAroundEveryEdge))]
    public async Task A_file_comes_whole(string way, int size)
    {
        var (name, content) = Create(size);
        var response = await AskAsync(way, HttpMethod.Get, name);
        Assert.Equal(size, response.Content.Headers.ContentLength);
        Assert.Equal(content, await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("TLS")]
    [InlineData("HTTP/2")]
    public async Task A_range_comes_as_it_is_in_the_file(string way)
    {
        var (name, content) = Create((2 * Region) + 54_321);
        var random = new Random(7);
        for (var round = 0; round < 30; round++)
        {
            var first = random.Next(content.Length);
            var last = Math.Min(first + random.Next(round % 2 == 0 ? 100_000 : content.Length), content.Length - 1);
            var response = await AskAsync(way, HttpMethod.Get, name, new RangeHeaderValue(first, last));
            Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
            Assert.Equal(content[first..(last + 1)], await response.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("TLS")]
    [InlineData("HTTP/2")]
    public async Task HEAD_has_no_body_and_the_next_answer_is_whole(string way)
    {
        var (name, content) = Create(Region + 1);
        var head = await AskAsync(way, HttpMethod.Head, name);
        Assert.Equal(content.Length, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        var response = await AskAsync(way, HttpMethod.Get, name);
        Assert.Equal(content, await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("TLS")]
    [InlineData("HTTP/2")]
    public async Task A_file_that_shrinks_is_a_broken_response(string way)
    {
        var (name, content) = Create(32 << 20);
        var response = await AskAsync(way, HttpMethod.Get, name);
        await using (var file = new FileStream(folder[name], FileMode.Open, FileAccess.Write))
            file.SetLength(1000);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync());
        Assert.True(error is IOException or HttpRequestException, error.ToString());
        Assert.NotEmpty(content);
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("TLS")]
    [InlineData("HTTP/2")]
    public async Task Clients_that_go_away_leave_no_open_file(string way)
    {
        var (name, _) = Create(32 << 20);
        for (var client = 0; client < 20; client++)
            (await AskAsync(way, HttpMethod.Get, name)).Dispose();
        await Eventually.IsTrueAsync(() => !IsOpen(folder.To(way).Process, folder[name]), "the file was closed for all who went away");
    }

    [Theory]
    [InlineData("kernel")]
    [InlineData("TLS")]
    [InlineData("HTTP/2")]
    public async Task Many_at_once_all_get_the_same_bytes(string way)
    {
        var (name, content) = Create((2 * Region) + 1);
        var bodies = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var response = await AskAsync(way, HttpMethod.Get, name);
            return await response.Content.ReadAsByteArrayAsync();
        }));
        Assert.All(bodies, body => Assert.True(content.AsSpan().SequenceEqual(body)));
    }

    private (string Name, byte[] Content) Create(int size)
    {
        var name = Guid.NewGuid().ToString("N");
        return (name, SampleFile.Create(folder[name], size));
    }

    private Task<HttpResponseMessage> AskAsync(string way, HttpMethod method, string name, RangeHeaderValue? range = null)
    {
        var (client, version, _) = folder.To(way);
        var request = new HttpRequestMessage(method, name)
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { Range = range },
        };
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static bool IsOpen(int process, string path) =>
        Directory.EnumerateFiles($"/proc/{process}/fd").Any(open => new FileInfo(open).LinkTarget == path);
}
