using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ReliableDownload.Api;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hosting;

public sealed class StopTests
{
    private const int Size = 64 << 20;

    [Theory]
    [InlineData(Signal.Interrupt)]
    [InlineData(Signal.Terminate)]
    public async Task A_signal_stops_the_server_cleanly(Signal signal)
    {
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        server.Process.Send(signal);
        Assert.Equal(0, await server.Process.WaitForExitAsync());
        Assert.Equal("", server.Process.Output.Text);
    }

    [Fact]
    public async Task An_idle_connection_does_not_keep_the_server_from_stopping()
    {
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        await using var silent = await RawConnection.OpenAsync(server.BaseAddress);
        await using var idle = await RawConnection.OpenAsync(server.BaseAddress);
        await idle.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await idle.ReadAsync(1 << 16);
        server.Process.Send(Signal.Terminate);
        Assert.Equal("", await silent.ReadToEndAsync());
        Assert.Equal(0, await server.Process.WaitForExitAsync());
    }

    [Fact]
    public async Task What_is_in_flight_is_finished_while_nobody_new_is_let_in()
    {
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        await using var connection = await BeginAsync(temp, server.BaseAddress);
        server.Process.Send(Signal.Terminate);
        await server.Process.Error.WaitForAsync("stopping");
        await WaitForRefusalAsync(server.BaseAddress);
        var response = await connection.ReadToEndAsync();
        Assert.InRange(response.Length, Size, Size + 1000);
        Assert.Equal(0, await server.Process.WaitForExitAsync());
    }

    [Fact]
    public async Task A_second_signal_stops_at_once()
    {
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        await using var connection = await BeginAsync(temp, server.BaseAddress);
        server.Process.Send(Signal.Terminate);
        await server.Process.Error.WaitForAsync("stopping");
        await Eventually.IsTrueAsync(() => !server.Process.TrySend(Signal.Terminate) || server.Process.HasExited, "it has stopped");
        Assert.Equal(128 + (int)Signal.Terminate, await server.Process.WaitForExitAsync());
    }

    [Fact]
    public async Task A_download_that_outlasts_the_stop_is_cut_and_the_stop_is_clean()
    {
        using var temp = new TempFolder();
        var options = new RdApiOptions { WebRoot = temp.Path, CacheFile = temp["cache"], Limits = new Limits { Stop = TimeSpan.FromSeconds(1) } };
        await using var app = Composition.Build(options, [new ListenPoint(new IPEndPoint(IPAddress.Loopback, 0))]);
        await app.StartAsync();
        await using var connection = await BeginAsync(temp, new Uri(app.Urls.Single()));
        await app.StopAsync();
        Assert.True(connection.WaitForCut(ProcessRunner.Limit));
    }

    [Fact]
    public async Task Drain_says_how_long_downloads_may_go_on()
    {
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path, "--drain", "1");
        await using var connection = await BeginAsync(temp, server.BaseAddress);
        var stopping = Stopwatch.StartNew();
        server.Process.Send(Signal.Terminate);
        Assert.True(connection.WaitForCut(ProcessRunner.Limit));
        Assert.Equal(0, await server.Process.WaitForExitAsync());
        // The usual 30 s would be more.
        Assert.InRange(stopping.Elapsed.TotalSeconds, 0.9, 25);
    }

    /// <summary>A response that is larger than all buffers on the way, so that it stands until it is read.</summary>
    private static async Task<RawConnection> BeginAsync(TempFolder folder, Uri server)
    {
        using (var file = File.OpenHandle(folder["large"], FileMode.CreateNew, FileAccess.Write))
            RandomAccess.SetLength(file, Size);
        var connection = await RawConnection.OpenAsync(server, receiveBuffer: 1 << 16);
        await connection.SendAsync("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await connection.ReadAsync(1);
        return connection;
    }

    private static Task WaitForRefusalAsync(Uri server) => Eventually.IsTrueAsync(
        async () =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(server.Host, server.Port);
                return false;
            }
            catch (SocketException error)
            {
                return error.SocketErrorCode == SocketError.ConnectionRefused;
            }
        },
        "nobody new is let in");
}
