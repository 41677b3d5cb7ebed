using System.Net.Sockets;
using System.Text;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Monitoring;

/// <summary>What systemd is told, at a socket that stands for it.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Socket _systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ServiceTests() => _systemd.Bind(new UnixDomainSocketEndPoint(_folder["notify"]));

    public void Dispose()
    {
        _systemd.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Systemd_is_told_that_the_server_is_ready_alive_reloading_and_stopping()
    {
        await using var server = await RdApiProcess.StartLimitedAsync(
            "true", _folder.Path, [("NOTIFY_SOCKET", _folder["notify"]), ("WATCHDOG_USEC", "20000")]);
        Assert.Equal("READY=1", await NextAsync());
        Assert.Equal("WATCHDOG=1", await NextAsync());
        Assert.Equal("WATCHDOG=1", await NextAsync());
        server.Process.Send(Signal.HangUp);
        Assert.Matches("^RELOADING=1\nMONOTONIC_USEC=[0-9]+$", await NextAsync("WATCHDOG=1"));
        Assert.Equal("READY=1", await NextAsync("WATCHDOG=1"));
        server.Process.Send(Signal.Terminate);
        Assert.Equal("STOPPING=1", await NextAsync("WATCHDOG=1"));
        Assert.Equal(0, await server.Process.WaitForExitAsync());
    }

    private async Task<string> NextAsync(string? passedOver = null)
    {
        using var limit = new CancellationTokenSource(ProcessRunner.Limit);
        var buffer = new byte[1000];
        while (true)
        {
            var count = await _systemd.ReceiveAsync(buffer, limit.Token);
            var message = Encoding.UTF8.GetString(buffer, 0, count);
            if (message != passedOver)
                return message;
        }
    }
}
