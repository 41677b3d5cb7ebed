using System.Net;
using System.Net.Sockets;
using System.Text;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>A proxy that is in the way is named, and its password is not.</summary>
public sealed class ProxyTests
{
    private const string Secret = "s3cret";

    [Fact]
    public async Task A_proxy_that_refuses_the_connection_is_not_taken_for_the_server()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var proxy = $"{listener.LocalEndpoint}";
        listener.Stop();

        var end = await RunAsync("http_proxy", proxy, "http://files.example/big.tar");

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

        var end = await RunAsync("https_proxy", $"{listener.LocalEndpoint}", "https://files.example/big.tar");

        await over.CancelAsync();
        await refusing;
        Assert.NotEqual(0, end.ExitCode);
        Assert.Contains("proxy", end.Error, StringComparison.Ordinal);
        Assert.Contains("407", end.Error, StringComparison.Ordinal);
    }

    private static async Task<RdEnd> RunAsync(string variable, string proxy, string url)
    {
        using var folder = new TempFolder();
        await using var rd = ProcessRunner.Start("rd", ["-v", "-r", "1", url], folder.Path, (variable, $"http://me:{Secret}@{proxy}"));
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
