using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi;

/// <summary>What HUP has read again while the server runs.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();

    public ReloadTests() => File.WriteAllText(_root["file"], "content");

    public void Dispose()
    {
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task Other_users_keys_certificates_and_limits_are_used_at_once()
    {
        var (certificate, key) = Sign("first");
        WriteUser("users", "one");
        Configure($"auth-file = {_files["users"]}", $"tls-cert = {certificate}", $"tls-key = {key}", "limit-requests = 1000");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--config", _files["conf"]);
        var (serial, status) = await AskAsync(server, "one");
        Assert.Equal(HttpStatusCode.OK, status);

        var (nextCertificate, nextKey) = Sign("second");
        WriteUser("others", "two");
        Configure($"auth-file = {_files["others"]}", $"tls-cert = {nextCertificate}", $"tls-key = {nextKey}", "limit-requests = 1");
        server.Process.Send(Signal.HangUp);
        Assert.EndsWith(
            "reloaded: mirrors and headers, requests of a client, certificate, who may download; changed in the configuration: --auth-file and --limit-requests and --tls-cert and --tls-key",
            await server.Process.Error.WaitForAsync("reloaded: "));
        var (nextSerial, nextStatus) = await AskAsync(server, "two");
        Assert.Equal(HttpStatusCode.OK, nextStatus);
        Assert.NotEqual(serial, nextSerial);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(server, "one")).Status);
        // Many at once: one after the other they might be too rare for it.
        await Eventually.IsTrueAsync(
            async () => (await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => AskAsync(server, "two")))).Any(answer => answer.Status == HttpStatusCode.TooManyRequests),
            "the new limit is obeyed");
    }

    [Fact]
    public async Task What_is_wrong_is_one_sentence_and_nothing_changes()
    {
        WriteUser("users", "one");
        Configure($"auth-file = {_files["users"]}", "header = X-Version: 1");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--config", _files["conf"]);

        Configure($"auth-file = {_files["none"]}", "header = X-Version: 2");
        server.Process.Send(Signal.HangUp);
        var told = await server.Process.Error.WaitForAsync("nothing was reloaded, and all stays as it was: ");
        Assert.Contains($"{_files["none"]} cannot be read", told);
        Assert.Equal((HttpStatusCode.OK, "1"), await VersionAsync());

        // The old file is still the one that is watched.
        WriteUser("users", "two");
        await server.Process.Error.WaitForAsync("the changed files say from now on");
        Assert.Equal((HttpStatusCode.Unauthorized, "1"), await VersionAsync());

        async Task<(HttpStatusCode Status, string Version)> VersionAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "file") { Headers = { { "Authorization", "Bearer one" } } };
            using var response = await server.Client.SendAsync(request);
            return (response.StatusCode, response.Headers.GetValues("X-Version").Single());
        }
    }

    [Fact]
    public async Task What_was_off_needs_a_restart_and_the_log_names_it()
    {
        WriteUser("users", "one");
        Configure("mirror = https://one.example/");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--config", _files["conf"]);
        Configure("mirror = https://two.example/", "limit-rate = 1M", $"auth-file = {_files["users"]}", "port = 1");
        server.Process.Send(Signal.HangUp);
        Assert.EndsWith("changed in the configuration: --mirror", await server.Process.Error.WaitForAsync("reloaded: mirrors and headers;"));
        // The port was typed, so what the file says of it means nothing.
        Assert.EndsWith("a restart is needed for the change of --auth-file and --limit-rate", await server.Process.Error.WaitForAsync("a restart is needed"));
        Assert.Equal("content", await server.Client.GetStringAsync("file"));
    }

    [Fact]
    public async Task A_download_in_progress_gets_the_new_rate()
    {
        var content = SampleFile.Create(_root["large"], 8 << 20);
        Configure("limit-rate = 10M", "limit-rate-per-client = 32K");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--config", _files["conf"]);
        var watch = Stopwatch.StartNew();
        await using var stream = await server.Client.GetStreamAsync("large");
        var received = new byte[content.Length];
        await stream.ReadExactlyAsync(received.AsMemory(0, 1000));
        Configure("limit-rate = 100M");
        server.Process.Send(Signal.HangUp);
        await stream.ReadExactlyAsync(received.AsMemory(1000));
        Assert.Equal(content, received);
        // At the old rate it is more than four minutes.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, ProcessRunner.Limit);
    }

    [Fact]
    public async Task Without_a_configuration_the_files_are_read_at_once()
    {
        WriteUser("users", "one");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--auth-file", _files["users"]);
        WriteUser("users", "two");
        server.Process.Send(Signal.HangUp);
        Assert.EndsWith("reloaded: who may download; changed in the configuration: nothing", await server.Process.Error.WaitForAsync("reloaded: "));
        using var request = new HttpRequestMessage(HttpMethod.Get, "file") { Headers = { { "Authorization", "Bearer two" } } };
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private (string Certificate, string Key) Sign(string folder)
    {
        using var authority = new TestAuthority(_files);
        var (certificate, key) = authority.Sign("127.0.0.1");
        Directory.CreateDirectory(_files[folder]);
        File.Move(certificate, _files[$"{folder}/crt"]);
        File.Move(key, _files[$"{folder}/key"]);
        return (_files[$"{folder}/crt"], _files[$"{folder}/key"]);
    }

    private void WriteUser(string file, string token) =>
        File.WriteAllText(_files[file], $"ci:sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))}\n");

    private void Configure(params string[] lines) => File.WriteAllLines(_files["conf"], lines);

    private static async Task<(string Serial, HttpStatusCode Status)> AskAsync(RdApiProcess server, string token)
    {
        var serials = new ConcurrentQueue<string>();
        using var client = server.TrustingClient(serials.Enqueue);
        using var request = new HttpRequestMessage(HttpMethod.Get, "file") { Headers = { { "Authorization", $"Bearer {token}" } } };
        using var response = await client.SendAsync(request);
        return (serials.Single(), response.StatusCode);
    }
}
