using System.Net;
using System.Net.Sockets;
using ReliableDownload.Api;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Api.Proxies;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Proxies;

/// <summary>The PROXY protocol, as HAProxy and others speak it.</summary>
public sealed class ProxyProtocolTests(LoggingServers servers) : IClassFixture<LoggingServers>, IDisposable
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";
    private const string Request = "GET /file HTTP/1.1\r\nHost: server\r\nConnection: close\r\n\r\n";
    private const string Trust = "--proxy-header proxy-protocol --trusted-proxy 127.0.0.1";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("send-proxy", false)]
    [InlineData("send-proxy-v2", false)]
    [InlineData("send-proxy-v2-ssl", true)]
    public async Task HAProxy_says_who_the_client_is(string option, bool isTls)
    {
        var server = await servers.StartAsync(Trust);
        await using var haproxy = await StartHaproxyAsync(server.BaseAddress, option, isTls);
        using var client = ClientFrom(IPAddress.Parse("127.0.0.7"));
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(haproxy.Address) { Scheme = isTls ? "https" : "http", Path = "file", Query = $"meta4&{option}" }.Uri);
        request.Headers.Add("Prefer", "wait=60");
        using var response = await client.SendAsync(request);
        Assert.Contains($">{(isTls ? "https" : "http")}://127.0.0.1:{haproxy.Address.Port}/file<", await response.Content.ReadAsStringAsync());
        Assert.Equal("127.0.0.7", await LoggingServers.ClientOfAsync(server, $"{option}\""));
    }

    [Fact]
    public async Task HAProxy_passes_TLS_through()
    {
        File.WriteAllText(_folder["file"], "content");
        await using var server = await RdApiProcess.StartTlsAsync(
            _folder, _folder.Path, ["--access-log", "-", "--access-log-format", "json", .. Trust.Split(' ')]);
        await using var haproxy = await StartHaproxyAsync(server.BaseAddress, "send-proxy-v2", isTls: false);
        using var client = ClientFrom(IPAddress.Parse("127.0.0.7"));
        Assert.Equal("content", await client.GetStringAsync(new UriBuilder(haproxy.Address) { Scheme = "https", Path = "file" }.Uri, TestContext.Current.CancellationToken));
        Assert.Equal("127.0.0.7", await LoggingServers.ClientOfAsync(server, "/file"));
    }

    [Fact]
    public async Task Curl_can_begin_with_it()
    {
        var server = await servers.StartAsync(Trust);
        Assert.Equal("content", (await Tool.RunAsync(_folder.Path, "curl", "-sS", "--haproxy-protocol", $"{server.BaseAddress}file")).TrimEnd());
    }

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.7 192.0.2.1 4711 80\r\n", "203.0.113.7")]
    [InlineData("PROXY TCP6 2001:db8::7 2001:db8::1 4711 80\r\n", "2001:db8::7")]
    [InlineData("PROXY UNKNOWN\r\n", "127.0.0.1")]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "127.0.0.1")]
    [InlineData(Signature + "\x20\x00\x00\x00", "127.0.0.1")]
    [InlineData(Signature + "\x21\x11\x00\x0C\xCB\x00\x71\x07\xC0\x00\x02\x01\x12\x67\x00\x50", "203.0.113.7")]
    [InlineData(Signature + "\x21\x11\x00\x10\xCB\x00\x71\x07\xC0\x00\x02\x01\x12\x67\x00\x50\x04\x00\x01\x00", "203.0.113.7")]
    [InlineData(Signature + "\x21\x11\x00\x0F\xCB\x00\x71\x07\xC0\x00\x02\x01\x12\x67\x00\x50\x20\xFF\xFF", "203.0.113.7")]
    [InlineData(Signature + "\x21\x31\x00\x03xyz", "127.0.0.1")]
    public async Task It_may_come_byte_by_byte_and_with_the_request_behind_it(string preamble, string client)
    {
        var server = await servers.StartAsync(Trust);
        var mark = $"{Guid.NewGuid():N}";
        await using (var whole = await RawConnection.OpenAsync(server.BaseAddress))
        {
            await whole.SendAsync(preamble + Request.Replace("/file", $"/file?{mark}"));
            Assert.EndsWith("content", await whole.ReadToEndAsync());
        }

        Assert.Equal(client, await LoggingServers.ClientOfAsync(server, mark));
        await using var pieces = await RawConnection.OpenAsync(server.BaseAddress);
        foreach (var part in preamble.Append('G'))
            await pieces.SendAsync(part.ToString());
        await pieces.SendAsync(Request[1..]);
        Assert.EndsWith("content", await pieces.ReadToEndAsync());
    }

    [Theory]
    [InlineData(Request)]
    [InlineData("PROXY TCP4 203.0.113.7\r\n" + Request)]
    [InlineData("PROXY TCP4 nonsense 192.0.2.1 4711 80\r\n" + Request)]
    [InlineData("PROXY TCP4 203.0.113.7 192.0.2.1 99999 80\r\n" + Request)]
    [InlineData("PROXY UNKNOWN                                                                                                            \r\n")]
    [InlineData(Signature + "\x11\x11\x00\x00")]
    [InlineData(Signature + "\x2F\x11\x00\x00")]
    [InlineData(Signature + "\x21\x11\x00\x04\xCB\x00\x71\x07" + Request)]
    [InlineData(Signature + "\x21\x11\xFF\xFF")]
    public async Task A_trusted_proxy_that_says_something_else_is_cut(string bytes)
    {
        var server = await servers.StartAsync(Trust);
        Assert.True(await IsCutAsync(server.BaseAddress, bytes));
    }

    [Fact]
    public async Task A_trusted_proxy_that_says_nothing_is_cut_soon()
    {
        var options = new RdApiOptions
        {
            WebRoot = _folder.Path,
            CacheFile = _folder["cache"],
            Proxies = new ProxyOptions { Networks = [IPNetwork.Parse("127.0.0.1/32")], Header = ProxyHeader.ProxyProtocol },
            Limits = new Limits { ProxyPreamble = TimeSpan.FromMilliseconds(50) },
        };
        await using var app = Composition.Build(options, [new ListenPoint(new IPEndPoint(IPAddress.Loopback, 0))]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(await IsCutAsync(new Uri(app.Urls.Single()), "PROXY "));
    }

    [Fact]
    public async Task Nobody_else_may_speak_it_or_has_to()
    {
        var server = await servers.StartAsync("--proxy-header proxy-protocol --trusted-proxy 10.0.0.0/8");
        Assert.EndsWith("content", await RawConnection.GetAsync(server.BaseAddress, "/file"));
        await using var stranger = await RawConnection.OpenAsync(server.BaseAddress);
        await stranger.SendAsync("PROXY TCP4 203.0.113.7 192.0.2.1 4711 80\r\n" + Request);
        Assert.StartsWith("HTTP/1.1 400 ", await stranger.ReadToEndAsync());
    }

    [Fact]
    public async Task Connections_count_for_the_client_behind_the_proxy()
    {
        var server = await servers.StartAsync($"{Trust} --max-connections-per-client 1");
        await using var first = await RawConnection.OpenAsync(server.BaseAddress);
        await first.SendAsync("PROXY TCP4 203.0.113.7 192.0.2.1 4711 80\r\n" + Request.Replace("Connection: close\r\n", ""));
        Assert.NotEqual(0, await first.ReadAsync(4096));
        Assert.True(await IsCutAsync(server.BaseAddress, "PROXY TCP4 203.0.113.7 192.0.2.1 4712 80\r\n" + Request));
        await using var other = await RawConnection.OpenAsync(server.BaseAddress);
        await other.SendAsync("PROXY TCP4 203.0.113.8 192.0.2.1 4711 80\r\n" + Request);
        Assert.EndsWith("content", await other.ReadToEndAsync());
    }

    private async Task<SocketHolder> StartHaproxyAsync(Uri server, string option, bool isTls)
    {
        var tls = "";
        if (isTls)
        {
            using var authority = new TestAuthority(_folder);
            var (certificate, key) = authority.Sign("127.0.0.1");
            File.WriteAllText(_folder["both.pem"], File.ReadAllText(certificate) + "\n" + File.ReadAllText(key));
            tls = $" ssl crt {_folder["both.pem"]}";
        }

        File.WriteAllText(_folder["haproxy.cfg"], $"""
            defaults
              mode tcp
              timeout connect 30s
              timeout client 30s
              timeout server 30s
            listen files
              bind fd@3{tls}
              server one {server.Authority} {option}

            """);
        return await SocketHolder.StartAsync("/usr/sbin/haproxy", "-db", "-f", _folder["haproxy.cfg"]);
    }

    /// <summary>A client of an address of its own.</summary>
    private static HttpClient ClientFrom(IPAddress address)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(address, 0));
                await socket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        return new HttpClient(handler) { Timeout = ProcessRunner.Limit };
    }

    private static async Task<bool> IsCutAsync(Uri server, string bytes)
    {
        await using var connection = await RawConnection.OpenAsync(server);
        try
        {
            await connection.SendAsync(bytes);
            return await connection.ReadToEndAsync() == "";
        }
        catch (IOException)
        {
            return true;
        }
    }
}
