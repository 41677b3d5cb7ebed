using System.Net;
using System.Text;
using ReliableDownload.Api;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>RFC 9110, 14.6 and 15.3.7.2.</summary>
public sealed class SeveralRangesTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private const string Content = "0123456789";

    [Theory]
    [InlineData("0-0,3-4,9-9", "0-0=0", "3-4=34", "9-9=9")]
    [InlineData("7-,0-1", "7-9=789", "0-1=01")]
    [InlineData("-2,0-0", "8-9=89", "0-0=0")]
    [InlineData("0-0,99-,2-2", "0-0=0", "2-2=2")]
    [InlineData("5-6,0-0,6-7", "5-7=567", "0-0=0")]
    [InlineData("4-5,8-8,2-3", "2-5=2345", "8-8=8")]
    [InlineData("0-0, 2-2 ,,4-4", "0-0=0", "2-2=2", "4-4=4")]
    public async Task Several_ranges_are_parts_in_the_order_asked_for(string ranges, params string[] parts)
    {
        var response = await folder.AskAsync("GET", folder.CreateFile(Content), $"Range: bytes={ranges}");
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Null(response.Content.Headers.ContentRange);
        Assert.Equal(parts, await ReadPartsAsync(response));
    }

    [Theory]
    [InlineData("0-1,2-3", "0-3", "0123")]
    [InlineData("2-4,3-5", "2-5", "2345")]
    [InlineData("99-,1-1", "1-1", "1")]
    [InlineData("0-4,5-9", "0-9", Content)]
    public async Task Ranges_that_are_one_are_answered_as_one(string ranges, string range, string body)
    {
        var response = await folder.AskAsync("GET", folder.CreateFile(Content), $"Range: bytes={ranges}");
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal($"bytes {range}/10", response.Content.Headers.ContentRange!.ToString());
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("0-,0-0")]
    [InlineData("0-5,4-9")]
    [InlineData("0-0,a-b")]
    [InlineData("0-0,5-2")]
    public async Task More_than_the_file_or_nonsense_is_the_whole_file(string ranges)
    {
        var response = await folder.AskAsync("GET", folder.CreateFile(Content), $"Range: bytes={ranges}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Content, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(Limits.Ranges, HttpStatusCode.PartialContent)]
    [InlineData(Limits.Ranges + 1, HttpStatusCode.OK)]
    public async Task More_ranges_than_the_limit_are_the_whole_file(int count, HttpStatusCode status)
    {
        var name = folder.CreateFile(new string('x', 3 * count));
        var ranges = string.Join(',', Enumerable.Range(0, count).Select(i => $"{2 * i}-{2 * i}"));
        Assert.Equal(status, (await folder.AskAsync("GET", name, $"Range: bytes={ranges}")).StatusCode);
    }

    [Fact]
    public async Task Ranges_past_the_end_are_416()
    {
        var response = await folder.AskAsync("GET", folder.CreateFile(Content), "Range: bytes=10-,-0,20-30");
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        Assert.Equal("bytes */10", response.Content.Headers.ContentRange!.ToString());
    }

    [Fact]
    public async Task Ranges_count_only_with_GET_and_a_condition_that_holds()
    {
        var name = folder.CreateFile(Content);
        var tag = (await folder.AskAsync("HEAD", name, "Range: bytes=0-0,2-2")).Headers.ETag!;
        var other = await folder.AskAsync("GET", name, "Range: bytes=0-0,2-2", "If-Range: \"other\"");
        Assert.Equal(Content, await other.Content.ReadAsStringAsync());
        Assert.Equal(["0-0=0", "2-2=2"], await ReadPartsAsync(await folder.AskAsync("GET", name, "Range: bytes=0-0,2-2", $"If-Range: {tag}")));
    }

    [Fact]
    public async Task Large_and_small_parts_are_right_byte_for_byte()
    {
        var content = ScriptedServer.RandomBytes(8_000_000);
        await File.WriteAllBytesAsync(folder["large"], content);
        var parts = await ReadPartsAsync(await folder.AskAsync("GET", "large", "Range: bytes=5000000-7999999,100-199,1000000-3999999,70-70"));
        Assert.Equal(4, parts.Count);
        (int First, int Last)[] ranges = [(5_000_000, 7_999_999), (100, 199), (1_000_000, 3_999_999), (70, 70)];
        foreach (var (part, (first, last)) in parts.Zip(ranges))
            Assert.True(part == $"{first}-{last}={Encoding.Latin1.GetString(content, first, last - first + 1)}");
    }

    /// <summary>Each part as "range=bytes", after a check of all that frames them.</summary>
    internal static async Task<IReadOnlyList<string>> ReadPartsAsync(HttpResponseMessage response)
    {
        var type = response.Content.Headers.ContentType!;
        Assert.Equal("multipart/byteranges", type.MediaType);
        var boundary = type.Parameters.Single(parameter => parameter.Name == "boundary").Value!;
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(bytes.Length, response.Content.Headers.ContentLength);

        var pieces = Encoding.Latin1.GetString(bytes).Split($"\r\n--{boundary}");
        Assert.Equal("", pieces[0]);
        Assert.Equal("--\r\n", pieces[^1]);
        return [.. pieces[1..^1].Select(Read)];
        static string Read(string piece)
        {
            // An empty line ends the headers of the part.
            var (head, body) = (piece.Split("\r\n\r\n", 2)[0], piece.Split("\r\n\r\n", 2)[1]);
            var lines = head.Split("\r\n");
            Assert.Equal(["", "Content-Type: application/octet-stream"], lines[..2]);
            var range = Assert.Single(lines[2..])["Content-Range: bytes ".Length..];
            return $"{range.Split('/')[0]}={body}";
        }
    }
}
