using System.Net;
using System.Net.Sockets;
using ReliableDownload.Client;
using ReliableDownload.Client.Network;
using ReliableDownload.Protocol;
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
        var options = new DownloadOptions { ConnectLimit = TimeSpan.FromMilliseconds(300), StallLimit = TimeSpan.FromMilliseconds(300) };
        using var connection = new Connection(new ServerAddress(options, TimeProvider.System), new Pace(options, new ServerAddress(options, TimeProvider.System)), TimeProvider.System);
        var fetch = new RangeFetch(new Uri($"{scheme}://{listener.LocalEndpoint}/file"), new BlockLayout(100, 10), version: null, TimeProvider.System);

        var answer = await Task.Factory.StartNew(
                () => fetch.Send(connection, 0, 10, pastCaches: false, TestContext.Current.CancellationToken),
                TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);

        Assert.True(answer.Failure is { IsTemporary: true, IsSilence: true }, $"it said {answer.Failure}");
    }
}
