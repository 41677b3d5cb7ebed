using System.Net;
using System.Net.Sockets;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hosting;

public sealed class ListeningTests
{
    [Fact]
    public async Task The_default_host_is_IPv6_and_IPv4_on_one_port()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this machine has no IPv6");
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(temp["file"], "content");
        await using var server = await RdApiProcess.StartAsync(temp.Path, "--host", "::");
        foreach (var host in (string[])["127.0.0.1", "[::1]"])
            Assert.Equal("content", await server.Client.GetStringAsync($"http://{host}:{server.BaseAddress.Port}/file"));
    }

    [Theory]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::1", "[::1]")]
    [InlineData("localhost", null)]
    public async Task Addresses_and_names_can_be_listened_on(string host, string? address)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this machine has no IPv6");
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path, "--host", host);
        var response = await server.Client.GetAsync(new UriBuilder(server.BaseAddress) { Host = address ?? server.BaseAddress.Host }.Uri);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task HTTP_2_is_spoken_on_the_same_port_by_prior_knowledge()
    {
        using var temp = new TempFolder();
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        await File.WriteAllBytesAsync(temp["file"], content);
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        foreach (var version in (Version[])[HttpVersion.Version20, HttpVersion.Version11])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "file") { Version = version };
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            var response = await server.Client.SendAsync(request);
            Assert.Equal(version, response.Version);
            Assert.Equal(content, await response.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0\0")]
    [InlineData("PRI /x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ")]
    [InlineData("PRINT / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ")]
    public async Task A_connection_is_what_it_begins_like_even_byte_by_byte(string request, string response)
    {
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress);
        foreach (var character in request)
            await connection.SendAsync($"{character}");
        Assert.StartsWith(response, await connection.ReadSomeAsync());
    }
}
