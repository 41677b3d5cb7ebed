using System.Net;
using ReliableDownload.Api;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Tls;

/// <summary>What strangers do to servers of HTTP/2.</summary>
public sealed class Http2StrangersTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();

    public Http2StrangersTests() => SampleFile.CreateZeros(_root["large"], 64 << 20);

    public void Dispose()
    {
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task Clients_that_open_no_window_hold_little_memory()
    {
        await using var server = await RdApiProcess.StartTlsAsync(_files, _root.Path);
        using var client = server.TrustingClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("rd/")).StatusCode);
        var before = ProcessStatus.Of(server.Process.Id).ResidentBytes;
        var strangers = new List<RawHttp2>();
        for (var i = 0; i < 10; i++)
        {
            strangers.Add(await RawHttp2.OpenAsync(server.BaseAddress, window: 0));
            await strangers[^1].AskAsync("/large", 200);
        }

        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("rd/")).StatusCode);
        // Ten times 32 requests with 128 KiB each are 40 MiB.
        Assert.InRange((ProcessStatus.Of(server.Process.Id).ResidentBytes - before) >> 20, -100, 80);
        foreach (var stranger in strangers)
            await stranger.DisposeAsync();
    }

    [Fact]
    public async Task Clients_that_ask_for_much_at_once_and_take_nothing_leave_descriptors_for_others()
    {
        using var authority = new TestAuthority(_files);
        var (certificate, key) = authority.Sign("127.0.0.1");
        await using var server = await RdApiProcess.StartLimitedAsync("ulimit -n 400", _root.Path, null, "--tls-cert", certificate, "--tls-key", key);
        using var client = server.TrustingClient();
        // Who leaves gives everything back.
        for (var round = 0; round < 3; round++)
        {
            var strangers = new List<RawHttp2>();
            for (var i = 0; i < 30; i++)
            {
                strangers.Add(await RawHttp2.OpenAsync(server.BaseAddress, window: 0));
                await strangers[^1].AskAsync("/large", 32);
            }

            for (var i = 0; i < 20; i++)
            {
                using var answer = await client.GetAsync("large", HttpCompletionOption.ResponseHeadersRead);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }

            foreach (var stranger in strangers)
                await stranger.DisposeAsync();
        }

        Assert.DoesNotContain("cannot be read", server.Process.Error.Text);
    }

    [Fact]
    public async Task A_client_that_takes_nothing_for_too_long_is_disconnected()
    {
        await using var server = await TlsServer.StartAsync(_root.Path, tlsFirst: true, new Limits { Stall = TimeSpan.FromSeconds(1.5) });
        await using var stranger = await RawHttp2.OpenAsync(server.BaseAddress, window: 0);
        var started = TimeProvider.System.GetTimestamp();
        await stranger.AskAsync("/large", 1);
        await stranger.ReadToEndAsync();
        // Rather than at once, for something that it said.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 1.3, ProcessRunner.Limit.TotalSeconds);
    }

    [Fact]
    public async Task Requests_that_are_reset_at_once_end_the_connection_and_disturb_nobody()
    {
        await using var server = await RdApiProcess.StartTlsAsync(_files, _root.Path);
        using var client = server.TrustingClient();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("rd/")).StatusCode);
        var before = ProcessStatus.Of(server.Process.Id).ResidentBytes;
        await using var stranger = await RawHttp2.OpenAsync(server.BaseAddress);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            var over = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(over) < ProcessRunner.Limit)
                await stranger.AskAsync("/large", 1000, reset: true);
        });
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("rd/")).StatusCode);
        Assert.InRange((ProcessStatus.Of(server.Process.Id).ResidentBytes - before) >> 20, -100, 80);
    }
}
