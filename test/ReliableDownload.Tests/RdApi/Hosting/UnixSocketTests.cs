using System.Net.Sockets;
using System.Runtime.Versioning;
using ReliableDownload.Api;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hosting;

[UnsupportedOSPlatform("windows")]
public sealed class UnixSocketTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public UnixSocketTests() => File.WriteAllText(_folder["file"], "content");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_served_at_beside_addresses_and_the_log_says_where()
    {
        await using var server = await RdApiProcess.StartAsync(
            _folder.Path, "--listen", $"unix:{_folder["socket"]}", "--listen", "127.0.0.1:0", "--listen", "[::1]:0");
        Assert.Matches($"at unix:{_folder["socket"]} and http://127.0.0.1:[0-9]+/ and http://\\[::1\\]:[0-9]+/,", server.Process.Error.Text);
        using var local = UnixClient.At(_folder["socket"]);
        foreach (var client in (HttpClient[])[local, server.Client])
            Assert.Equal("content", await client.GetStringAsync("file"));
    }

    [Theory]
    [InlineData("", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite)]
    [InlineData(",mode=600", UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    public async Task Its_mode_says_who_may_connect_and_it_goes_with_the_server(string suffix, UnixFileMode mode)
    {
        await using var server = await RdApiProcess.StartAsync(_folder.Path, "--listen", $"unix:{_folder["socket"]}{suffix}");
        Assert.Equal(mode, File.GetUnixFileMode(_folder["socket"]));
        server.Process.Send(Signal.Terminate);
        Assert.Equal(0, await server.Process.WaitForExitAsync());
        Assert.False(Path.Exists(_folder["socket"]));
    }

    [Fact]
    public async Task One_that_a_killed_server_left_is_replaced()
    {
        await using (var killed = await RdApiProcess.StartAsync(_folder.Path, "--listen", $"unix:{_folder["socket"]}"))
        {
            killed.Process.Send(Signal.Kill);
            await killed.Process.WaitForExitAsync();
        }

        Assert.True(Path.Exists(_folder["socket"]));
        await using var server = await RdApiProcess.StartAsync(_folder.Path, "--listen", $"unix:{_folder["socket"]}");
        using var client = UnixClient.At(_folder["socket"]);
        Assert.Equal("content", await client.GetStringAsync("file"));
    }

    [Fact]
    public async Task One_where_another_server_listens_is_left_to_it()
    {
        await using var server = await RdApiProcess.StartAsync(_folder.Path, "--listen", $"unix:{_folder["socket"]}");
        await FailsAsync("another program listens", $"unix:{_folder["socket"]}");
        using var client = UnixClient.At(_folder["socket"]);
        Assert.Equal("content", await client.GetStringAsync("file"));
    }

    [Theory]
    [InlineData("file", "is not a socket")]
    [InlineData("none/socket", "does not exist")]
    [InlineData("a-name-that-is-so-long-that-no-socket-can-have-it-because-the-kernel-has-no-room-for-more-than-107-bytes-of-a-path", "longer than")]
    public async Task A_path_that_cannot_be_one_is_1_and_one_sentence(string name, string part)
    {
        await FailsAsync(part, $"unix:{_folder[name]}");
        Assert.Equal("content", File.ReadAllText(_folder["file"]));
    }

    [Fact]
    public async Task A_client_that_takes_a_little_all_the_time_gets_all_of_a_file()
    {
        const int Size = 16 << 20;
        var content = SampleFile.Create(_folder["large"], Size);
        var options = new RdApiOptions { WebRoot = _folder.Path, CacheFile = _folder["cache"], Limits = new Limits { Stall = TimeSpan.FromSeconds(1.5) } };
        await using var app = Composition.Build(options, [new ListenPoint(new UnixDomainSocketEndPoint(_folder["socket"]))]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = UnixClient.At(_folder["socket"]);
        var received = new byte[Size];
        await Eventually.IsTrueAsync(async () => await ReadSlowlyAsync(client, received) < options.Limits.Stall / 2, "this machine let the client read all the time");
        Assert.Equal(content, received);
    }

    /// <summary>For longer than Kestrel needs to look at its connections, once a second.</summary>
    /// <returns>How long it took nothing, at most: where the machine itself made it wait, being cut is right.</returns>
    private static async Task<TimeSpan> ReadSlowlyAsync(HttpClient client, byte[] received)
    {
        Array.Clear(received);
        await using var stream = await client.GetStreamAsync("large", TestContext.Current.CancellationToken);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var halt = new LongestHalt();
        try
        {
            for (var count = 0; count < received.Length;)
            {
                var part = Math.Min(received.Length - count, 64 << 10);
                await stream.ReadExactlyAsync(received, count, part, TestContext.Current.CancellationToken);
                count += part;
                await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
                halt.Look();
            }
        }
        catch (IOException)
        {
            // What is missing tells of it, if there was no reason.
            halt.Look();
        }

        return halt.Time;
    }

    private Task FailsAsync(string part, string listen) => RdApiProcess.FailsAsync(1, part, "--listen", listen, "--cache", _folder["other"], _folder.Path);
}
