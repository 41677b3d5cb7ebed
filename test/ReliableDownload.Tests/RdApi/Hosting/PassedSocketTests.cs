using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hosting;

/// <summary>Sockets that somebody else listens at, such as systemd.</summary>
public sealed class PassedSocketTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public PassedSocketTests() => File.WriteAllText(_folder["file"], "content");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Systemd_starts_the_server_when_the_first_client_comes()
    {
        var path = _folder["socket"];
        await using var systemd = ProcessRunner.Start(
            "/usr/bin/env", ["systemd-socket-activate", "-l", path, ProcessRunner.PathOf("rd-api"), "--cache", _folder["cache"], _folder.Path]);
        await systemd.Error.WaitForAsync("Listening on");
        using var client = UnixClient.At(path);
        Assert.Equal("content", await client.GetStringAsync("file"));
        Assert.Contains($"at unix:{path},", await systemd.Error.WaitForAsync("serving "));
    }

    [Fact]
    public async Task A_restart_refuses_nobody()
    {
        await using var holder = await SocketHolder.StartAsync(ProcessRunner.PathOf("rd-api"), "--cache", _folder["cache"], _folder.Path);
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => AskUntilAsync(holder.Address, over.Token)).ToList();
        for (var restart = 0; restart < 3; restart++)
        {
            var process = await holder.ProcessAsync(restart);
            await WaitForLinesAsync(holder, restart + 1);
            await Tool.RunAsync(_folder.Path, "kill", "-TERM", $"{process}");
        }

        await WaitForLinesAsync(holder, 4);
        await over.CancelAsync();
        foreach (var client in clients)
            Assert.True(await client > 0);
    }

    [Fact]
    public async Task They_are_sent_to_as_fast_as_the_servers_own()
    {
        SampleFile.Create(_folder["large"], 8 << 20);
        await using var holder = await SocketHolder.StartAsync(
            "/usr/bin/env", "strace", "-D", "-f", "-qq", "-e", "trace=sendfile", "-o", _folder["calls"], ProcessRunner.PathOf("rd-api"), "--congestion-control", "reno", "--cache", _folder["cache"], _folder.Path);
        using var client = new HttpClient { BaseAddress = holder.Address };
        Assert.Equal(File.ReadAllBytes(_folder["large"]), await client.GetByteArrayAsync("large", TestContext.Current.CancellationToken));
        Assert.Matches(@"sendfile\([0-9]+, [0-9]+, ", File.ReadAllText(_folder["calls"]));
        Assert.Contains(" reno ", await KernelSockets.DescribeAsync(holder.Address));
    }

    [Fact]
    public async Task One_called_redirect_only_sends_clients_to_https()
    {
        using var authority = new TestAuthority(_folder);
        var (certificate, key) = authority.Sign("127.0.0.1");
        await using var holder = await SocketHolder.StartAsync(
            "/usr/bin/env", "LISTEN_FDNAMES=redirect", ProcessRunner.PathOf("rd-api"), "--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key, "--cache", _folder["cache"], _folder.Path);
        Assert.Matches("^HTTP/1.1 308 (.*\r\n)*Location: https://", await RawConnection.GetAsync(holder.Address, "/file"));
        var started = await holder.Process.Error.WaitForAsync("serving ");
        Assert.Contains(" at https://127.0.0.1:", started);
        Assert.DoesNotContain("http://", started);
    }

    [Fact]
    public async Task What_is_passed_and_no_socket_is_1_and_one_sentence()
    {
        await using var program = ProcessRunner.Start("/bin/sh", ["-c", "exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"", ProcessRunner.PathOf("rd-api"), "--cache", _folder["cache"], _folder.Path]);
        Assert.Equal(1, await program.WaitForExitAsync());
        Assert.Contains("LISTEN_FDS", Assert.Single(program.Error.Lines));
    }

    [Fact]
    public async Task What_was_passed_to_another_process_is_not_taken()
    {
        await using var server = await RdApiProcess.StartLimitedAsync("true", _folder.Path, [("LISTEN_PID", "1"), ("LISTEN_FDS", "1")]);
        Assert.Equal("content", await server.Client.GetStringAsync("file"));
    }

    private static Task WaitForLinesAsync(SocketHolder holder, int count) =>
        Eventually.IsTrueAsync(() => holder.Process.Error.Lines.Count(line => line.Contains("serving ", StringComparison.Ordinal)) >= count, "it serves again");

    /// <summary>How many times somebody who connects anew each time was answered.</summary>
    private static async Task<int> AskUntilAsync(Uri server, CancellationToken over)
    {
        var answers = 0;
        while (!over.IsCancellationRequested)
        {
            Assert.EndsWith("content", await RawConnection.GetAsync(server, "/file"));
            answers++;
        }

        return answers;
    }
}
