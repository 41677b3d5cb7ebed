using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Access;

/// <summary>Users who show a certificate.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    // Ends of curl where a connection ends without an answer.
    private const int EmptyReply = 52;
    private const int ReceiveError = 56;

    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();
    private readonly TestAuthority _authority;
    private readonly (string Certificate, string Key) _server;
    private readonly (string Certificate, string Key) _alice;

    public ClientCertificateTests()
    {
        foreach (var name in (string[])["file", "alice/file", "bob/file", "pub/file"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_root[name])!);
            File.WriteAllText(_root[name], name);
        }

        _authority = new TestAuthority(_files);
        _server = _authority.Sign("127.0.0.1");
        _alice = _authority.Sign("alice");
    }

    public void Dispose()
    {
        _authority.Dispose();
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task Without_a_file_of_users_everybody_with_a_certificate_is_one()
    {
        await using var server = await StartAsync("--access-log", "-");
        Assert.Equal("200 file", await CurlAsync(server, "file", Shown(_alice)));
        await server.Process.Output.WaitForAsync(" - alice [");
        Assert.Equal("403 this needs a certificate of a user", await CurlAsync(server, "file"));
        Assert.StartsWith("403 ", await CurlAsync(server, "rd/file"));
        Assert.StartsWith("200 ", await CurlAsync(server, "rd/"));
    }

    [Fact]
    public async Task With_one_it_decides_who_is_a_user_and_who_may_have_what()
    {
        File.WriteAllText(_files["users"], $"alice:certificate\nbob:certificate\nci:sha256:{new string('0', 64)}\n/alice/** alice\n/bob/** bob\n/pub/** *\n");
        var carol = _authority.Sign("carol");
        await using var server = await StartAsync("--auth-file", _files["users"]);
        foreach (var version in (string[])["--http1.1", "--http2"])
        {
            Assert.Equal("200 alice/file", await CurlAsync(server, "alice/file", [version, .. Shown(_alice)]));
            Assert.Equal("403 this user may not have it", await CurlAsync(server, "bob/file", [version, .. Shown(_alice)]));
        }

        Assert.Equal("200 file", await CurlAsync(server, "file", Shown(_alice)));
        Assert.Equal("200 pub/file", await CurlAsync(server, "pub/file"));
        Assert.Equal("401 this needs a login", await CurlAsync(server, "file", Shown(carol)));
        Assert.Equal("401 this needs a login", await CurlAsync(server, "file"));
    }

    [Fact]
    public async Task A_line_that_is_removed_locks_its_user_out_at_once()
    {
        File.WriteAllText(_files["users"], "alice:certificate\n");
        await using var server = await StartAsync("--auth-file", _files["users"]);
        using var client = server.TrustingClient(certificate: _alice);
        Assert.Equal("file", await client.GetStringAsync("file", TestContext.Current.CancellationToken));
        File.WriteAllText(_files["users"], "bob:certificate\n");
        await server.Process.Error.WaitForAsync("the changed files say");
        using var refused = await client.GetAsync("file", TestContext.Current.CancellationToken);
        Assert.Equal(403, (int)refused.StatusCode);
    }

    [Fact]
    public async Task Certificates_of_others_and_expired_ones_end_the_connection_without_an_answer()
    {
        using var stranger = new TestAuthority(_files, "Another Authority");
        await using var server = await StartAsync();
        foreach (var wrong in ((string, string)[])[stranger.Sign("mallory"), _authority.Sign("late", expired: true)])
        {
            await using var curl = ProcessRunner.Start("/usr/bin/env", ["curl", "-sS", "--http1.1", .. Shown(wrong), .. Trusted(server, "file")]);
            var end = await curl.EndAsync();
            Assert.Equal("", end.Output);
            Assert.Contains(end.ExitCode, (int[])[EmptyReply, ReceiveError]);
        }

        Assert.Equal("200 file", await CurlAsync(server, "file", ["--http1.1", .. Shown(_alice)]));
    }

    [Fact]
    public async Task Clients_are_told_which_authority_counts()
    {
        await using var server = await StartAsync();
        var said = await Tool.RunAsync(_files.Path, "sh", "-c", $"openssl s_client -connect 127.0.0.1:{server.BaseAddress.Port} </dev/null 2>&1");
        Assert.Matches("Acceptable client certificate CA names\nCN ?= ?Test Authority\n", said);
    }

    [Fact]
    public async Task Rd_shows_its_own()
    {
        await using var server = await StartAsync();
        var end = await RdProcess.RunAsync(_files, "--require-proof", "--cacert", _authority.CertificateFile, "--cert", _alice.Certificate, "--key", _alice.Key, $"{server.BaseAddress}file");
        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal("file", File.ReadAllText(_files["file"]));
    }

    [Fact]
    public async Task A_file_that_is_no_authority_is_1_and_one_sentence_and_without_TLS_it_is_2()
    {
        await RdApiProcess.FailsAsync(
            1, "--client-ca", _root.Path, "-h", "127.0.0.1", "-p", "0", "--cache", _files["cache"], "--tls-cert", _server.Certificate, "--tls-key", _server.Key, "--client-ca", _alice.Certificate);
        await RdApiProcess.RefusesAsync("--tls-cert", _root.Path, "--client-ca", _authority.CertificateFile);
    }

    private Task<RdApiProcess> StartAsync(params string[] arguments) => RdApiProcess.StartAsync(
        _root.Path, ["--tls-cert", _server.Certificate, "--tls-key", _server.Key, "--client-ca", _authority.CertificateFile, .. arguments]);

    private static string[] Shown((string Certificate, string Key) files) => ["--cert", files.Certificate, "--key", files.Key];

    private string[] Trusted(RdApiProcess server, string target) => ["--cacert", _authority.CertificateFile, $"{server.BaseAddress}{target}"];

    /// <summary>The status and the body.</summary>
    private async Task<string> CurlAsync(RdApiProcess server, string target, params string[] options)
    {
        var said = (await Tool.RunAsync(_files.Path, ["curl", "-sS", "-w", "\n%{http_code}", .. options, .. Trusted(server, target)])).TrimEnd().Split('\n');
        return $"{said[^1]} {said[0]}";
    }
}
