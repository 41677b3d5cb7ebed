using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hosting;

/// <summary>What the kernel does with the connections of rd-api.</summary>
public sealed partial class ListenSocketTests
{
    [Fact]
    public async Task A_congestion_control_that_is_named_is_that_of_each_connection() =>
        Assert.Contains(" reno ", await DescribeConnectionAsync("--congestion-control", "reno"));

    [Fact]
    public async Task Default_leaves_the_kernel_its_own_congestion_control() =>
        Assert.Contains($" {Kernel("tcp_congestion_control")} ", await DescribeConnectionAsync("--congestion-control", "default"));

    [Fact]
    public async Task Without_a_name_near_clients_have_the_kernels_own_unless_that_is_BBR()
    {
        var own = Kernel("tcp_congestion_control");
        Assert.Contains($" {(own == "bbr" ? "reno" : own)} ", await DescribeConnectionAsync());
    }

    [Theory]
    [InlineData(0, "bbr")]
    [InlineData(1000, "reno")]
    public async Task Only_clients_that_are_far_away_have_BBR_where_this_user_may_have_it(int farAwayMilliseconds, string expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var socket = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        Assert.True(CongestionControl.TrySet(socket, "reno"));

        CongestionControl.Choose(socket, TimeSpan.FromMilliseconds(farAwayMilliseconds));

        var isToBeHad = Kernel("tcp_allowed_congestion_control").Contains("bbr");
        Assert.Contains($" {(isToBeHad ? expected : "reno")} ", await KernelSockets.DescribeAsync(new Uri($"http://{listener.LocalEndpoint}")));
    }

    [Fact]
    public async Task A_client_that_stops_reading_leaves_little_more_than_2_MiB_unsent()
    {
        const int Size = 256 << 20;
        using var temp = new TempFolder();
        using (var file = File.OpenHandle(temp["file"], FileMode.CreateNew, FileAccess.Write))
            RandomAccess.SetLength(file, Size);
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress, receiveBuffer: 64 << 10);
        await connection.SendAsync("GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
        // The kernel lets a connection have more the faster it was.
        for (var received = 0; received < Size / 2;)
            received += await connection.ReadAsync(1 << 20);
        Assert.InRange(await StandingUnsentAsync(server.BaseAddress), 1, 2_500_000);
    }

    private static async Task<string> DescribeConnectionAsync(params string[] arguments)
    {
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path, arguments);
        await using var connection = await RawConnection.OpenAsync(server.BaseAddress);
        return await KernelSockets.DescribeAsync(server.BaseAddress);
    }

    /// <summary>The bytes that wait to be sent, once they are no longer getting more.</summary>
    private static async Task<int> StandingUnsentAsync(Uri server)
    {
        var (before, now) = (0, 0);
        await Eventually.IsTrueAsync(
            async () =>
            {
                before = now;
                // The kernel says nothing of it where nothing waits.
                var isWaiting = int.TryParse(Unsent().Match(await KernelSockets.DescribeAsync(server)).Groups["bytes"].Value, out now);
                return isWaiting && now == before;
            },
            "the kernel takes no more from the server");
        return now;
    }

    private static string Kernel(string setting) => File.ReadAllText($"/proc/sys/net/ipv4/{setting}").Trim();

    [GeneratedRegex(" notsent:(?<bytes>[0-9]+)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Unsent();
}
