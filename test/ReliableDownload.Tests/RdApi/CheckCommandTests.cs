using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi;

/// <summary><c>rd-api check</c>.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();

    public void Dispose()
    {
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task What_would_start_is_0_with_a_line_for_each_thing_and_changes_nothing()
    {
        using var authority = new TestAuthority(_files);
        var (certificate, key) = authority.Sign("127.0.0.1");
        File.WriteAllText(_files["users"], $"ci:sha256:{new string('0', 64)}\n");
        File.WriteAllLines(_files["conf"], [$"tls-cert = {certificate}", $"tls-key = {key}", $"client-ca = {authority.CertificateFile}", $"auth-file = {_files["users"]}", $"listen = unix:{_files["socket"]}", "listen = 127.0.0.1:0"]);
        var before = Directory.GetFiles(_files.Path).Order().ToList();
        var end = await CheckAsync("--config", _files["conf"], "--access-log", _files["log"], "--metrics-listen", "127.0.0.1:0", _root.Path);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        Assert.Equal(8, end.Output.TrimEnd().Split('\n').Count(line => line.StartsWith("ok: ", StringComparison.Ordinal)));
        Assert.Equal(before, Directory.GetFiles(_files.Path).Order());
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once_and_is_1()
    {
        using var authority = new TestAuthority(_files);
        var (expired, key) = authority.Sign("127.0.0.1", expired: true);
        // Some service that is no rd-api.
        await using var taken = new Acceptor((client, _, _) =>
        {
            client.Dispose();
            return Task.CompletedTask;
        });
        var port = taken.EndPoint.Port;
        File.WriteAllText(_files["users"], "alice:plain\n");
        File.WriteAllText(_files["cache"], "no database at all, and long enough to have been one, if it were, which it is not, as anybody can see who reads it");
        var end = await CheckAsync(
            "--web-root", _files["none"], "--cache", _files["cache"], "--tls-cert", expired, "--tls-key", key, "--auth-file", _files["users"],
            "--access-log", _root.Path, "--listen", $"127.0.0.1:{port}", "--listen", $"unix:{_files["users"]}", "--listen", "127.0.0.1:0");
        Assert.Equal(1, end.ExitCode);
        foreach (var part in (string[])["--web-root", "--cache", "--access-log", "expired on", "line 1", $"port {port} is in use", "is not a socket"])
            Assert.Contains(end.Error.Split('\n'), line => line.StartsWith("rd-api: ", StringComparison.Ordinal) && line.Contains(part));
        Assert.Contains("ok: 127.0.0.1:0 is free", end.Output);
    }

    [Fact]
    public async Task The_addresses_of_a_server_that_runs_are_its_own()
    {
        await using var server = await RdApiProcess.StartTlsAsync(_files, _root.Path, "--path-prefix", "/files", "--metrics-listen", "127.0.0.1:0");
        var metrics = new Uri((await server.Process.Error.WaitForAsync("metrics at ")).Split("metrics at ")[1].Split(',')[0]);
        string[] own = ["--host", "127.0.0.1", "--tls-cert", _files["127.0.0.1.crt"], "--tls-key", _files["127.0.0.1.key"], "--port", $"{server.BaseAddress.Port}"];
        var end = await CheckAsync([.. own, "--path-prefix", "/files", "--metrics-listen", metrics.Authority, _root.Path]);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        Assert.Equal(2, end.Output.Split("is that of an rd-api that runs").Length - 1);
        Assert.Contains("is in use", (await CheckAsync([.. own, "--path-prefix", "/other", _root.Path])).Error);
    }

    [Fact]
    public async Task One_of_them_that_takes_connections_only_from_proxies_is_its_own_too()
    {
        string[] proxies = ["--trusted-proxy", "127.0.0.1", "--proxy-header", "proxy-protocol"];
        await using var server = await RdApiProcess.StartAsync(_root.Path, proxies);
        var end = await CheckAsync(["--listen", server.BaseAddress.Authority, .. proxies, _root.Path]);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        Assert.Contains("is that of an rd-api that runs", end.Output);
    }

    [Fact]
    public async Task An_address_that_two_options_name_and_a_log_that_cannot_be_made_are_told()
    {
        var end = await CheckAsync("--listen", $"unix:{_files["socket"]}", "--listen", $"unix:{_files["socket"]}", "--access-log", "/proc/none.log", _root.Path);
        Assert.Equal(1, end.ExitCode);
        Assert.Contains($"{_files["socket"]} is to be listened at twice", end.Error);
        Assert.Contains("the access log /proc/none.log cannot be written", end.Error);
    }

    [Fact]
    public async Task A_Redis_that_is_away_is_told_and_no_reason_not_to_start()
    {
        var end = await CheckAsync("--host", "127.0.0.1", "--port", "0", "--redis-host", "127.0.0.1", "--redis-port", "1", _root.Path);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        Assert.Contains("ok: the server can start without its digest cache", end.Output);
    }

    [Fact]
    public Task Wrong_usage_is_2() => RdApiProcess.RefusesAsync("--port", "check", "--port", "x");

    private async Task<RdEnd> CheckAsync(params string[] arguments)
    {
        string[] cache = arguments.Contains("--cache") ? [] : ["--cache", _files["digests.db"]];
        await using var program = ProcessRunner.Start("rd-api", ["check", .. cache, .. arguments]);
        return await program.EndAsync();
    }
}
