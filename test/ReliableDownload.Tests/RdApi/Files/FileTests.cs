using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class FileTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    [Theory]
    [InlineData("GET", "content")]
    [InlineData("HEAD", "")]
    public async Task A_file_comes_with_what_is_known_of_it(string method, string body)
    {
        var response = await folder.AskAsync(method, folder.CreateFile("content"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal(7, response.Content.Headers.ContentLength);
        Assert.Equal("bytes", response.Headers.AcceptRanges.ToString());
        Assert.Equal("Sat, 03 Feb 2001 04:05:06 GMT", response.Content.Headers.GetValues("Last-Modified").Single());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("a.txt", "text/plain; charset=utf-8")]
    [InlineData("a.HTML", "text/html; charset=utf-8")]
    [InlineData("a.png", "image/png")]
    [InlineData("a.tar.gz", "application/x-gzip")]
    [InlineData("a.unheard-of", "application/octet-stream")]
    [InlineData("a", "application/octet-stream")]
    public async Task The_name_tells_the_media_type(string name, string type)
    {
        File.WriteAllText(folder[name], "");
        var response = await folder.AskAsync("GET", name);
        Assert.Equal(type, response.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task A_large_file_comes_as_it_is()
    {
        var name = folder.CreateFile("");
        var content = new byte[5_000_001];
        new Random(1).NextBytes(content);
        await File.WriteAllBytesAsync(folder[name], content);
        Assert.Equal(content, await folder.Server.Client.GetByteArrayAsync(name));
    }

    [Fact]
    public async Task Compression_is_never_applied()
    {
        var response = await folder.AskAsync("GET", folder.CreateFile(new string('x', 10_000)), "Accept-Encoding: gzip, br, zstd");
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Equal(10_000, response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("POST", HttpStatusCode.MethodNotAllowed)]
    [InlineData("PUT", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", HttpStatusCode.MethodNotAllowed)]
    [InlineData("BREW", HttpStatusCode.MethodNotAllowed)]
    [InlineData("OPTIONS", HttpStatusCode.NoContent)]
    public async Task Other_methods_are_told_what_is_allowed(string method, HttpStatusCode status)
    {
        var name = folder.CreateFile("content");
        var response = await folder.AskAsync(method, name);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(["GET", "HEAD", "OPTIONS"], response.Content.Headers.Allow);
        Assert.Equal("content", await File.ReadAllTextAsync(folder[name]));
    }

    [Fact]
    public async Task A_body_that_nobody_asked_for_is_not_read()
    {
        await using var connection = await RawConnection.OpenAsync(folder.Server.BaseAddress);
        await connection.SendAsync("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 405 ", await connection.ReadToEndAsync());
    }
}
