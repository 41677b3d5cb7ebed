using System.Net;
using System.Net.Sockets;
using System.Text;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>Real proxies are used as rd is told; one that is in the way is named, and its password is not.</summary>
public sealed class ProxyTests
{
    private const string Host = "localhost";

    private const string Secret = "s3cret";

    [Fact]
    public async Task A_proxy_that_refuses_the_connection_is_not_taken_for_the_server()
    {
        // Nobody else gets the port, and nobody listens.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var proxy = $"{closed.LocalEndPoint}";

        var end = await RunAsync("http_proxy", proxy, "-r", "1", "http://files.example/big.tar");

        Assert.Equal(4, end.ExitCode);
        Assert.Contains($"proxy {proxy}", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("the server refused", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_wants_another_password_is_named_without_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var over = new CancellationTokenSource();
        var refusing = RefuseAsync(listener, over.Token);

        var end = await RunAsync("https_proxy", $"{listener.LocalEndpoint}", "-r", "1", "https://files.example/big.tar");

        await over.CancelAsync();
        await refusing;
        Assert.NotEqual(0, end.ExitCode);
        Assert.Contains("proxy", end.Error, StringComparison.Ordinal);
        Assert.Contains("407", end.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http_proxy", "")]
    [InlineData("HTTP_PROXY", "")]
    [InlineData("all_proxy", "")]
    [InlineData("ALL_PROXY", "no_proxy=other.example,10.0.0.0/8,localhost:1")]
    public Task A_proxy_of_the_environment_is_used(string variable, string other) =>
        DownloadAsync(ForwardProxy.HttpAsync(), proxy => [(variable, $"http://{proxy.Authority}"), .. Pair(other)], _ => [], "GET http://localhost:");

    [Theory]
    [InlineData("no_proxy=localhost")]
    [InlineData("NO_PROXY=*")]
    [InlineData("no_proxy=example.com, LOCALHOST:PORT")]
    public Task No_proxy_is_used_for_what_is_excepted(string except) =>
        DownloadAsync(ForwardProxy.HttpAsync(), proxy => [("http_proxy", $"http://{proxy.Authority}"), .. Pair(except)], _ => [], said: null);

    [Fact]
    public async Task The_option_goes_before_the_environment()
    {
        await DownloadAsync(ForwardProxy.HttpAsync(), _ => [("http_proxy", "http://127.0.0.1:1")], proxy => ["--proxy", proxy.Authority], "GET http://localhost:");
        await DownloadAsync(ForwardProxy.HttpAsync(), proxy => [("http_proxy", $"http://{proxy.Authority}")], _ => ["--proxy", ""], said: null);
    }

    [Theory]
    [InlineData("socks5")]
    [InlineData("socks5h")]
    public Task A_socks_proxy_looks_up_the_name(string scheme) =>
        DownloadAsync(ForwardProxy.SocksAsync(), _ => [], proxy => ["--proxy", $"{scheme}://{proxy.Authority}"], "connected to localhost:");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Https_goes_through_a_tunnel(bool isSocks)
    {
        await using var proxy = isSocks ? await ForwardProxy.SocksAsync() : await ForwardProxy.HttpAsync();
        using var folder = new TempFolder();
        using var authority = new TestAuthority(folder);
        await File.WriteAllTextAsync(folder["f"], "hello", TestContext.Current.CancellationToken);
        await using var nginx = await WebServer.NginxAsync($"root {folder.Path}; {TestAuthority.Nginx(authority.Sign(Host))}", listen: "ssl");
        await using var line = Relay.To(nginx.EndPoint, _ => RelayScript.Clean);

        var end = await RdProcess.RunAsync(
            folder, "-v", "--allow-unproven", "-f", "--cacert", authority.CertificateFile, "--proxy", $"{(isSocks ? "socks5" : "http")}://{proxy.Authority}",
            new UriBuilder(line.Through(new Uri("https://127.0.0.1/f"))) { Host = Host }.Uri.AbsoluteUri);

        Assert.True(end.ExitCode == 0, end.Error);
        await proxy.SaysAsync(isSocks ? "connected to localhost:" : "CONNECT localhost:");
        Assert.DoesNotContain("s3cret", end.Error);
    }

    [Fact]
    public async Task An_https_proxy_is_spoken_to_with_TLS()
    {
        await using var proxy = await ForwardProxy.HttpAsync();
        using var folder = new TempFolder();
        using var authority = new TestAuthority(folder);
        var (certificate, key) = authority.Sign("127.0.0.1");
        await using var front = TlsFront.Start(certificate, key, new IPEndPoint(IPAddress.Loopback, proxy.Port));
        await using var server = await ScriptedServer.StartAsync([1, 2, 3]);

        var end = await RdProcess.RunAsync(
            folder, "--cacert", authority.CertificateFile, "--proxy", $"https://{ForwardProxy.User}:{proxy.Password}@{front.EndPoint}", server.Url.AbsoluteUri);

        Assert.True(end.ExitCode == 0, end.Error);
        await proxy.SaysAsync("GET http://127.0.0.1:");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wrong_password_is_told_as_such(bool isSocks)
    {
        await using var proxy = isSocks ? await ForwardProxy.SocksAsync() : await ForwardProxy.HttpAsync();
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([1, 2, 3]);

        var end = await RdProcess.RunAsync(folder, "-r", "2", "--proxy", $"{(isSocks ? "socks5" : "http")}://me:wr0ng@127.0.0.1:{proxy.Port}", server.Url.AbsoluteUri);

        Assert.Equal(6, end.ExitCode);
        // tinyproxy says 401, as a server would.
        Assert.Contains(isSocks ? "the proxy asks for another user name and password" : "401", end.Error);
        Assert.DoesNotContain("wr0ng", end.Error);
    }

    [Theory]
    [InlineData("http://files.example/big.tar")]
    [InlineData("http://files.example/big.meta4")]
    [InlineData("--content-disposition", "http://files.example/big.tar")]
    public async Task A_variable_that_is_no_URL_is_named(params string[] arguments)
    {
        var end = await RunAsync("http_proxy", "a b", arguments);
        Assert.Equal(4, end.ExitCode);
        Assert.Contains("the environment variable http_proxy is no URL of a proxy", end.Error);
        Assert.DoesNotContain("trying again", end.Error);
    }

    private static IEnumerable<(string, string)> Pair(string text) => text.Split('=') is [var name, var value] ? [(name, value)] : [];

    /// <param name="said">What the proxy says then; null for nothing of a request.</param>
    private static async Task DownloadAsync(
        Task<ForwardProxy> starting, Func<ForwardProxy, (string, string)[]> environment, Func<ForwardProxy, string[]> arguments, string? said)
    {
        await using var proxy = await starting;
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.RandomBytes(300_000));
        var variables = environment(proxy).Select(pair => (pair.Item1, pair.Item2.Replace("PORT", $"{server.Url.Port}", StringComparison.Ordinal))).ToArray();

        await using var rd = ProcessRunner.Start("rd", ["-v", .. arguments(proxy), $"http://{Host}:{server.Url.Port}/file.bin"], folder.Path, variables);
        var end = await rd.EndAsync();

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(folder["file.bin"], TestContext.Current.CancellationToken));
        Assert.DoesNotContain("s3cret", end.Error);
        if (said is null)
            Assert.DoesNotContain("GET", proxy.Log);
        else
            await proxy.SaysAsync(said);
    }

    private static async Task<RdEnd> RunAsync(string variable, string proxy, params string[] arguments)
    {
        using var folder = new TempFolder();
        await using var rd = ProcessRunner.Start("rd", ["-v", .. arguments], folder.Path, (variable, $"http://me:{Secret}@{proxy}"));
        var end = await rd.EndAsync();
        Assert.DoesNotContain(Secret, end.Error, StringComparison.Ordinal);
        return end;
    }

    private static async Task RefuseAsync(TcpListener listener, CancellationToken over)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptSocketAsync(over);
                var request = new byte[4096];
                while (await client.ReceiveAsync(request, over) > 0)
                    await client.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"), over);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }
}
