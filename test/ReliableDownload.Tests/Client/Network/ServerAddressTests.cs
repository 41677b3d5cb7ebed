using System.Net;
using System.Net.Sockets;
using ReliableDownload.Client;
using ReliableDownload.Client.Network;

namespace ReliableDownload.Tests.Client.Network;

public sealed class ServerAddressTests
{
    private static readonly IPAddress Other = IPAddress.Parse("127.0.0.2");

    [Theory]
    [InlineData("1.1.1.1 1.1.1.2 ::1 ::2 ::3", "::1 1.1.1.1 ::2 1.1.1.2 ::3")]
    [InlineData("1.1.1.1 1.1.1.2", "1.1.1.1 1.1.1.2")]
    [InlineData("::1", "::1")]
    [InlineData("", "")]
    public void Families_take_turns_and_the_new_one_begins(string addresses, string order) =>
        Assert.Equal(order, string.Join(' ', ServerAddress.Interleave([.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)]).Select(address => address.ToString())));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_address_that_refuses_does_not_keep_the_other_from_winning(bool isLast)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        IPAddress[] addresses = isLast ? [IPAddress.Loopback, Other] : [Other, IPAddress.Loopback];

        Assert.Equal(server.LocalEndpoint, await RaceAsync(addresses, server));
    }

    [Fact]
    public async Task An_address_that_does_not_answer_does_not_keep_the_other_from_winning()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        // With a full queue Linux answers no further connection.
        using var full = new TcpListener(Other, ((IPEndPoint)server.LocalEndpoint).Port);
        full.Start(backlog: 1);
        var waiting = Enumerable.Range(0, 2).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        foreach (var socket in waiting)
            await socket.ConnectAsync(full.LocalEndpoint, TestContext.Current.CancellationToken);

        Assert.Equal(server.LocalEndpoint, await RaceAsync([Other, IPAddress.Loopback], server));
        waiting.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Where_all_refuse_the_race_fails()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();

        var error = await Assert.ThrowsAsync<SocketException>(() => RaceAsync([Other, IPAddress.Parse("127.0.0.3")], server));

        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public void A_connection_may_take_some_times_as_long_as_the_quickest_did()
    {
        var address = new ServerAddress(new DownloadOptions { ConnectLimit = TimeSpan.FromSeconds(10) }, TimeProvider.System);
        Assert.Equal(TimeSpan.FromSeconds(10), address.ConnectLimit);
        address.TakeConnectTime(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(8), address.ConnectLimit);
        address.TakeConnectTime(TimeSpan.FromSeconds(0.1));
        address.TakeConnectTime(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(0.6), address.ConnectLimit);
    }

    [Fact]
    public async Task A_name_that_cannot_be_resolved_any_more_is_where_it_was()
    {
        var answers = new Queue<IPAddress[]>([[Other]]);
        var address = new ServerAddress(new DownloadOptions(), TimeProvider.System, (_, _) =>
            answers.TryDequeue(out var answer) ? Task.FromResult(answer) : throw new SocketException((int)SocketError.TryAgain));
        var server = new DnsEndPoint("files.example", 80);
        var first = await address.FindAsync(server, TestContext.Current.CancellationToken);

        address.Forget(server);

        Assert.Equal(first, await address.FindAsync(server, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_address_that_died_is_left_for_another_at_once()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        var port = ((IPEndPoint)first.LocalEndpoint).Port;
        using var second = new TcpListener(Other, port);
        second.Start();
        var address = new ServerAddress(new DownloadOptions(), TimeProvider.System, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, Other]));
        var server = new DnsEndPoint("files.example", port);
        Assert.Equal(first.LocalEndpoint, await address.FindAsync(server, TestContext.Current.CancellationToken));

        first.Stop();
        address.Forget(server);

        Assert.Equal(second.LocalEndpoint, await address.FindAsync(server, TestContext.Current.CancellationToken));
    }

    private static async Task<EndPoint> RaceAsync(IPAddress[] addresses, TcpListener server)
    {
        using var limit = new CancellationTokenSource(Support.Eventually.Limit);
        return await ServerAddress.RaceAsync(addresses, ((IPEndPoint)server.LocalEndpoint).Port, limit.Token);
    }
}
