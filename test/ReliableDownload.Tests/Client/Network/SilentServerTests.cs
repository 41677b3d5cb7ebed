using System.Net;
using System.Net.Sockets;
using ReliableDownload.Client;
using ReliableDownload.Client.Network;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Network;

public sealed class SilentServerTests
{
    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task A_server_that_takes_the_connection_and_never_says_a_word_is_given_up(string scheme)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await AssertIsGivenUpAsync(scheme, listener);
    }

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n")]
    [InlineData("HTTP/1.1 206 Partial Content\r\n", "X: y\r\n")]
    public async Task A_server_that_never_comes_to_an_end_of_its_headers_is_given_up(string first, string next)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var flood = FloodAsync(listener, first, next);

        await AssertIsGivenUpAsync("http", listener);
        await flood;
    }

    private static async Task FloodAsync(TcpListener listener, string first, string next)
    {
        using var client = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            for (var text = first; ; text = next)
            {
                await client.SendAsync(System.Text.Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
                await pause.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }
        catch (SocketException)
        {
            // The client is gone, as it should.
        }
    }

    private static async Task AssertIsGivenUpAsync(string scheme, TcpListener listener)
    {
        var options = new DownloadOptions { ConnectLimit = TimeSpan.FromMilliseconds(300), StallLimit = TimeSpan.FromMilliseconds(300) };
        var url = new Uri($"{scheme}://{listener.LocalEndpoint}/file");
        var requests = new Requests(url, options, TimeProvider.System);
        using var connection = new Connection(requests, new ServerAddress(options, TimeProvider.System), new Pace(options, new ServerAddress(options, TimeProvider.System)), TimeProvider.System);
        var fetch = new RangeFetch(new FilePlace(url, requests), 100, new Validator(100, null, null), TimeProvider.System);

        var answer = await Task.Factory.StartNew(
                () => fetch.Send(connection, 0, 10, pastCaches: false, TestContext.Current.CancellationToken),
                TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);

        Assert.True(answer.Failure is { IsTemporary: true, IsSilence: true }, $"it said {answer.Failure}");
    }
}
