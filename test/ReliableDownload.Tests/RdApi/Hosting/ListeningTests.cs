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
    public async Task HTTP_2_without_TLS_is_refused()
    {
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        using var request = new HttpRequestMessage(HttpMethod.Get, "") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Assert.ThrowsAsync<HttpRequestException>(() => server.Client.SendAsync(request));
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("")).StatusCode);
    }
}
