using System.Collections.Concurrent;
using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Tls;

public sealed class CertificateTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _files = new();

    public void Dispose()
    {
        _files.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task Curl_and_rd_trust_who_signed_it()
    {
        File.WriteAllText(_root["file"], "content");
        using var authority = new TestAuthority(_files);
        var (certificate, key) = authority.Sign("127.0.0.1");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--tls-cert", certificate, "--tls-key", key);
        Assert.Equal(Uri.UriSchemeHttps, server.BaseAddress.Scheme);
        foreach (var version in (string[])["--http1.1", "--http2"])
            Assert.Equal("content\n", await Tool.RunAsync(_files.Path, "curl", "-sS", version, "--cacert", authority.CertificateFile, $"{server.BaseAddress}file"));
        await using var rd = ProcessRunner.Start("rd", [$"{server.BaseAddress}file"], _files.Path, ("SSL_CERT_FILE", authority.CertificateFile));
        Assert.Equal(0, await rd.WaitForExitAsync());
        Assert.Equal("content", File.ReadAllText(_files["file"]));
    }

    [Fact]
    public async Task The_whole_chain_is_sent()
    {
        using var root = new TestAuthority(_files);
        using var authority = new TestAuthority(_files, "Intermediate", root);
        var (certificate, key) = authority.Sign("127.0.0.1");
        File.AppendAllText(certificate, "\n" + File.ReadAllText(authority.CertificateFile));
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--tls-cert", certificate, "--tls-key", key);
        var shown = await SClientAsync(server, "-showcerts");
        Assert.Equal(2, shown.Split("-----BEGIN CERTIFICATE-----").Length - 1);
    }

    [Fact]
    public async Task A_renewed_one_is_used_without_a_restart_and_a_broken_one_is_not()
    {
        using var authority = new TestAuthority(_files);
        var (certificate, key) = authority.Sign("127.0.0.1");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--tls-cert", certificate, "--tls-key", key);
        var first = await SerialAsync(server);
        File.WriteAllText(certificate, "nonsense");
        await server.Process.Error.WaitForAsync("contains no certificate");
        Assert.Equal(first, await SerialAsync(server));
        authority.Sign("127.0.0.1");
        await server.Process.Error.WaitForAsync("renewed certificate");
        Assert.NotEqual(first, await SerialAsync(server));
    }

    [Fact]
    public async Task One_behind_links_is_renewed_where_one_of_them_leads_elsewhere()
    {
        // As Kubernetes mounts secrets: tls.crt -> now/127.0.0.1.crt, now -> first.
        string[] names = ["127.0.0.1.crt", "127.0.0.1.key"];
        foreach (var folder in (string[])["first", "second"])
        {
            using var authority = new TestAuthority(_files);
            authority.Sign("127.0.0.1");
            Directory.CreateDirectory(_files[folder]);
            foreach (var name in names)
            {
                File.Move(_files[name], _files[$"{folder}/{name}"]);
                File.SetLastWriteTimeUtc(_files[$"{folder}/{name}"], DateTime.UnixEpoch);
            }
        }

        File.CreateSymbolicLink(_files["now"], "first");
        foreach (var name in names)
            File.CreateSymbolicLink(_files[name], $"now/{name}");
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--tls-cert", _files[names[0]], "--tls-key", _files[names[1]]);
        var first = await SerialAsync(server);
        File.CreateSymbolicLink(_files["next"], "second");
        await Tool.RunAsync(_files.Path, "mv", "-T", "next", "now");
        await server.Process.Error.WaitForAsync("renewed certificate");
        Assert.NotEqual(first, await SerialAsync(server));
    }

    [Fact]
    public async Task An_expired_one_is_told()
    {
        using var authority = new TestAuthority(_files);
        var (certificate, key) = authority.Sign("127.0.0.1", expired: true);
        await using var server = await RdApiProcess.StartAsync(_root.Path, "--tls-cert", certificate, "--tls-key", key);
        await server.Process.Error.WaitForAsync("expired");
    }

    [Fact]
    public async Task Only_strong_protocols_and_ciphers_are_spoken()
    {
        await using var server = await RdApiProcess.StartTlsAsync(_files, _root.Path);
        foreach (var offer in (string[])["-tls1_2", "-tls1_3", "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305"])
            Assert.EndsWith("taken\n", await SClientAsync(server, offer, "&& echo taken"));
        foreach (var offer in (string[])["-tls1_1 -cipher ALL@SECLEVEL=0", "-tls1_2 -cipher AES128-SHA", "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256"])
            Assert.Matches("alert (protocol version|handshake failure)", await SClientAsync(server, offer, "|| true"));
    }

    [Fact]
    public async Task The_version_of_HTTP_is_agreed_on_in_the_handshake()
    {
        await using var server = await RdApiProcess.StartTlsAsync(_files, _root.Path);
        foreach (var (offer, agreed) in ((string, string)[])[("h2", "h2"), ("http/1.1", "http/1.1"), ("http/1.1,h2", "h2")])
            Assert.Contains($"ALPN protocol: {agreed}\n", await SClientAsync(server, "-alpn", offer));
    }

    [Fact]
    public async Task Whoever_asks_without_TLS_is_sent_to_the_same_path_with_it()
    {
        File.WriteAllText(_root["ä b"], "content");
        await using var server = await RdApiProcess.StartTlsAsync(_files, _root.Path, "--redirect-http", "0");
        var plain = await server.Process.Error.WaitForAsync("redirecting ");
        var port = plain.Split("redirecting http://127.0.0.1:")[1].Split(' ', '/')[0];
        using var client = server.TrustingClient();
        foreach (var path in (string[])["%C3%A4%20b?x=%20", "rd/%C3%A4%20b"])
        {
            var answer = await client.GetAsync($"http://127.0.0.1:{port}/{path}");
            Assert.Equal(HttpStatusCode.PermanentRedirect, answer.StatusCode);
            Assert.Equal($"{server.BaseAddress}{path}", answer.Headers.Location!.OriginalString);
        }

        Assert.StartsWith("HTTP/1.1 400 ", await RawConnection.GetAsync(new Uri($"http://127.0.0.1:{port}"), "/a\u0001b"));
        Assert.Equal("content", await client.GetStringAsync("%C3%A4%20b"));
    }

    [Fact]
    public async Task Who_is_sent_to_TLS_is_logged_and_limited_as_others_are()
    {
        await using var server = await RdApiProcess.StartTlsAsync(_files, _root.Path, "--redirect-http", "0", "--access-log", "-", "--limit-requests", "1");
        var plain = await server.Process.Error.WaitForAsync("redirecting ");
        var address = new Uri(plain.Split("redirecting ")[1].Split(' ')[0]);

        Assert.StartsWith("HTTP/1.1 308 ", await RawConnection.GetAsync(address, "/file"));
        await server.Process.Output.WaitForAsync("\"GET /file HTTP/1.1\" 308 ");
        await Eventually.IsTrueAsync(
            async () => (await RawConnection.GetAsync(address, "/file")).StartsWith("HTTP/1.1 429 ", StringComparison.Ordinal), "too many requests came");
        await server.Process.Output.WaitForAsync("\"GET /file HTTP/1.1\" 429 ");
    }

    [Theory]
    [InlineData("missing", "", "cannot be read")]
    [InlineData("key", "", "contains no certificate")]
    [InlineData("certificate", "certificate", "contains no private key")]
    [InlineData("certificate", "other", "does not belong to the certificate")]
    [InlineData("damaged", "", "damaged")]
    [InlineData("certificate", "encrypted", "is encrypted")]
    public async Task What_cannot_be_used_is_one_sentence_at_the_start(string certificate, string key, string problem)
    {
        using var authority = new TestAuthority(_files);
        var (good, goodKey) = authority.Sign("127.0.0.1");
        File.WriteAllText(_files["damaged"], File.ReadAllText(good).Replace("MII", "!!!", StringComparison.Ordinal));
        await Tool.RunAsync(_files.Path, "openssl", "pkey", "-in", goodKey, "-aes256", "-passout", "pass:x", "-out", _files["encrypted"]);
        string Named(string what) => what switch
        {
            "certificate" => good,
            "" or "key" => goodKey,
            "other" => authority.Sign("localhost").Key,
            _ => _files[what],
        };
        await RdApiProcess.FailsAsync(
            1, problem, "--web-root", _root.Path, "--port", "0", "--cache", _files["cache"], "--tls-cert", Named(certificate), "--tls-key", Named(key));
    }

    [Theory]
    [InlineData("--tls-key", "--tls-cert", "x")]
    [InlineData("--tls-cert", "--tls-key", "x")]
    [InlineData("--tls-cert", "--redirect-http", "80")]
    public Task Half_of_what_is_needed_is_wrong_usage(string missing, params string[] arguments) => RdApiProcess.RefusesAsync($"add {missing}", arguments);

    private Task<string> SClientAsync(RdApiProcess server, params string[] arguments) => Tool.RunAsync(
        _files.Path, "sh", "-c", $"echo | openssl s_client -connect {server.BaseAddress.Authority} 2>&1 {string.Join(' ', arguments)}");

    private static async Task<string> SerialAsync(RdApiProcess server)
    {
        var serials = new ConcurrentQueue<string>();
        using var client = server.TrustingClient(serials.Enqueue);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("rd/")).StatusCode);
        return serials.Single();
    }
}
