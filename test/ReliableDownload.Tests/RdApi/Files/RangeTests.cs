using System.Net;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class RangeTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private const string Content = "0123456789";

    [Theory]
    [InlineData("bytes=0-0", "0", "bytes 0-0/10")]
    [InlineData("bytes=2-4", "234", "bytes 2-4/10")]
    [InlineData("bytes=9-9", "9", "bytes 9-9/10")]
    [InlineData("bytes=7-", "789", "bytes 7-9/10")]
    [InlineData("bytes=0-", Content, "bytes 0-9/10")]
    [InlineData("bytes=8-99", "89", "bytes 8-9/10")]
    [InlineData("bytes=8-9223372036854775807", "89", "bytes 8-9/10")]
    [InlineData("bytes=-3", "789", "bytes 7-9/10")]
    [InlineData("bytes=-10", Content, "bytes 0-9/10")]
    [InlineData("bytes=-99", Content, "bytes 0-9/10")]
    [InlineData("BYTES=1-1", "1", "bytes 1-1/10")]
    public async Task A_range_is_206(string range, string body, string contentRange)
    {
        var response = await folder.AskAsync("GET", folder.CreateFile(Content), $"Range: {range}");
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal(contentRange, response.Content.Headers.ContentRange!.ToString());
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
        Assert.NotNull(response.Headers.ETag);
    }

    [Theory]
    [InlineData(Content, "bytes=10-")]
    [InlineData(Content, "bytes=10-11")]
    [InlineData(Content, "bytes=9223372036854775807-")]
    [InlineData(Content, "bytes=-0")]
    [InlineData("", "bytes=0-")]
    [InlineData("", "bytes=0-0")]
    [InlineData("", "bytes=-0")]
    public async Task A_range_past_the_end_is_416(string content, string range)
    {
        var response = await folder.AskAsync("GET", folder.CreateFile(content), $"Range: {range}");
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        Assert.Equal($"bytes */{content.Length}", response.Content.Headers.ContentRange!.ToString());
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=-")]
    [InlineData("bytes=")]
    [InlineData("bytes 0-1")]
    [InlineData("lines=0-1")]
    [InlineData("bytes=0--1")]
    public async Task A_range_that_is_none_is_the_whole_file(string range)
    {
        var response = await folder.AskAsync("GET", folder.CreateFile(Content), $"Range: {range}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Content, await response.Content.ReadAsStringAsync());
        Assert.Null(response.Content.Headers.ContentRange);
    }

    [Fact]
    public async Task The_last_bytes_of_an_empty_file_are_the_whole_file()
    {
        var response = await folder.AskAsync("GET", folder.CreateFile(""), "Range: bytes=-5");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_range_counts_only_with_GET()
    {
        var response = await folder.AskAsync("HEAD", folder.CreateFile(Content), "Range: bytes=0-0");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Content.Length, response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_range_far_into_a_file_of_more_than_4_GiB_is_right()
    {
        const long Offset = (5L << 30) + 1;
        var name = folder.CreateFile("");
        using (var file = File.OpenHandle(folder[name], FileMode.Open, FileAccess.Write))
            RandomAccess.Write(file, "end"u8, Offset);
        var response = await folder.AskAsync("GET", name, $"Range: bytes={Offset}-");
        Assert.Equal("end", await response.Content.ReadAsStringAsync());
        Assert.Equal($"bytes {Offset}-{Offset + 2}/{Offset + 3}", response.Content.Headers.ContentRange!.ToString());
    }
}
