using ReliableDownload.Client.Network;

namespace ReliableDownload.Tests.Client.Asking;

public sealed class NoProxyListTests
{
    [Theory]
    [InlineData("*", "any.example", 80)]
    [InlineData("example.com", "example.com", 80)]
    [InlineData("example.com", "a.b.EXAMPLE.com.", 443)]
    [InlineData(".example.com", "a.example.com", 80)]
    [InlineData(".example.com", "example.com", 80)]
    [InlineData("*.example.com", "a.example.com", 80)]
    [InlineData("a, b  example.com", "example.com", 80)]
    [InlineData("example.com:8080", "a.example.com", 8080)]
    [InlineData("10.0.0.0/8", "10.1.2.3", 80)]
    [InlineData("10.1.2.3/8", "10.9.9.9", 80)]
    [InlineData("127.0.0.1", "127.0.0.1", 80)]
    [InlineData("127.0.0.1:81", "127.0.0.1", 81)]
    [InlineData("::1", "[::1]", 80)]
    [InlineData("[::1]:81", "::1", 81)]
    [InlineData("fd00::/8", "fd12::7", 80)]
    public void Has(string list, string host, int port) => Assert.True(NoProxyList.Parse(list).Has(host, port));

    [Theory]
    [InlineData("", "any.example", 80)]
    [InlineData("example.com", "badexample.com", 80)]
    [InlineData("example.com:8080", "example.com", 80)]
    [InlineData("10.0.0.0/8", "11.1.2.3", 80)]
    [InlineData("10.0.0.0/8", "10.example", 80)]
    [InlineData("0.1", "10.0.0.1", 80)]
    [InlineData("[::1]:81", "::1", 80)]
    [InlineData("a:b:c", "a", 80)]
    public void Has_not(string list, string host, int port) => Assert.False(NoProxyList.Parse(list).Has(host, port));
}
