using System.Diagnostics;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The real rd and a real nginx whose certificates are by an authority of the tests'.</summary>
public sealed class TlsTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TempFolder _certificates = new();
    private readonly TestAuthority _authority;
    private readonly Stack<IAsyncDisposable> _servers = new();

    public TlsTests()
    {
        _authority = new TestAuthority(_certificates);
        Directory.CreateDirectory(_certificates["root"]);
        File.WriteAllText(_certificates["root/f"], "hello");
    }

    [Fact]
    public async Task An_authority_of_the_user_s_is_trusted_and_no_other()
    {
        var url = await StartAsync(_authority.Sign("127.0.0.1"));
        using var other = new TestAuthority(_certificates, "Other Authority");

        await FailsAsync("is signed by 'Test Authority', which is not trusted here; if it should be, name a file with its certificate with --cacert", url);
        await FailsAsync("'Test Authority', which is not trusted", "--cacert", other.CertificateFile, url);
        await SucceedsAsync("--cacert", _authority.CertificateFile, url);
    }

    [Fact]
    public async Task The_server_s_own_certificate_may_be_trusted_alone()
    {
        var server = _authority.Sign("127.0.0.1");
        await SucceedsAsync("--cacert", server.Certificate, await StartAsync(server));
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused() =>
        await FailsAsync("the certificate that 127.0.0.1 shows is not for this name, but for other.example", "--cacert", _authority.CertificateFile, await StartAsync(_authority.Sign("other.example")));

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        var yesterday = $"{TimeProvider.System.GetLocalNow().AddDays(-1):yyyy-MM-dd}";
        await FailsAsync($"expired on {yesterday}; have its owner renew it", "--cacert", _authority.CertificateFile, await StartAsync(_authority.Sign("127.0.0.1", expired: true)));
    }

    [Fact]
    public async Task Insecure_accepts_all_of_it_and_says_so_once()
    {
        var end = await SucceedsAsync("--insecure", await StartAsync(_authority.Sign("other.example", expired: true)));
        Assert.Equal(2, end.Error.Split("is not checked (--insecure)").Length);
        Assert.Contains("expired", end.Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_certificate_of_the_user_s_lets_in(bool isOneFile)
    {
        var url = await StartAsync(_authority.Sign("127.0.0.1"), $"ssl_client_certificate \"{_authority.CertificateFile}\"; ssl_verify_client on;");
        var (certificate, key) = _authority.Sign("me");
        if (isOneFile)
            await File.AppendAllTextAsync(certificate, "\n" + await File.ReadAllTextAsync(key, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);

        var without = await RdProcess.RunAsync(_folder, "--cacert", _authority.CertificateFile, url);
        await SucceedsAsync(["--cacert", _authority.CertificateFile, "--cert", certificate, .. isOneFile ? Array.Empty<string>() : ["--key", key], url]);

        // nginx answers 400.
        Assert.Equal(8, without.ExitCode);
    }

    [Fact]
    public async Task Another_server_is_not_shown_the_certificate_of_the_user_s()
    {
        var optional = $"ssl_client_certificate \"{_authority.CertificateFile}\"; ssl_verify_client optional;";
        const string Format = "log_format shown '$ssl_client_verify $uri';";
        var server = _authority.Sign("127.0.0.1");
        var behind = await StartAsync(server, $"{optional} access_log {_certificates["behind.log"]} shown;", Format);
        var front = await StartAsync(server, $"{optional} access_log {_certificates["front.log"]} shown; location = /f {{ return 302 {behind}; }}", Format);
        var (certificate, key) = _authority.Sign("me");

        await SucceedsAsync("--cacert", _authority.CertificateFile, "--cert", certificate, "--key", key, front);

        // nginx writes a line when it has answered.
        await Eventually.IsTrueAsync(async () => (await LogAsync("front.log")).Contains("SUCCESS /f", StringComparison.Ordinal), "the first server has logged it");
        await Eventually.IsTrueAsync(async () => (await LogAsync("behind.log")).Contains("NONE /f", StringComparison.Ordinal), "the other one has logged it");
        Assert.DoesNotContain("NONE", await LogAsync("front.log"));
        Assert.DoesNotContain("SUCCESS", await LogAsync("behind.log"));
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_named()
    {
        var (certificate, key) = _authority.Sign("me");
        var (_, other) = _authority.Sign("you");
        var encrypted = _certificates["encrypted"];
        await Tool.RunAsync(_certificates.Path, "openssl", "pkey", "-in", key, "-aes128", "-passout", "pass:x", "-out", encrypted);

        await RefusesAsync("there is no file 'none'", "--cacert", "none");
        await RefusesAsync("has no certificate", "--cacert", key);
        await RefusesAsync("has no private key", "--cert", certificate);
        await RefusesAsync("do not belong together", "--cert", certificate, "--key", other);
        await RefusesAsync("passphrase", "--cert", certificate, "--key", encrypted);
        await RefusesAsync("is a folder", "--cert", _certificates.Path);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
            await server.DisposeAsync();
        _authority.Dispose();
        _certificates.Dispose();
        _folder.Dispose();
    }

    /// <returns>The URL of the file.</returns>
    private async Task<string> StartAsync((string, string) certificate, string more = "", string http = "")
    {
        var nginx = await WebServer.NginxAsync($"root {_certificates["root"]}; {TestAuthority.Nginx(certificate)} {more}", http, "ssl");
        _servers.Push(nginx);
        var line = Relay.To(nginx.EndPoint, _ => RelayScript.Clean);
        _servers.Push(line);
        return line.Through(new Uri("https://127.0.0.1/f")).AbsoluteUri;
    }

    private async Task<string> LogAsync(string name) => await File.ReadAllTextAsync(_certificates[name], TestContext.Current.CancellationToken);

    private async Task<RdEnd> SucceedsAsync(params string[] arguments)
    {
        var end = await RdProcess.RunAsync(_folder, arguments);
        Assert.True(end.ExitCode == 13, end.Error);
        Assert.Equal("hello", await File.ReadAllTextAsync(_folder["f"], TestContext.Current.CancellationToken));
        return end;
    }

    private async Task FailsAsync(string sentence, params string[] arguments)
    {
        var took = Stopwatch.StartNew();
        var end = await RdProcess.RunAsync(_folder, arguments);
        Assert.Equal(5, end.ExitCode);
        Assert.Contains(sentence, end.Error);
        // It is not tried again and again.
        Assert.InRange(took.Elapsed.TotalSeconds, 0, 30);
    }

    private async Task RefusesAsync(string sentence, params string[] arguments)
    {
        var end = await RdProcess.RunAsync(_folder, [.. arguments, "https://127.0.0.1:1/f"]);
        Assert.Equal(3, end.ExitCode);
        Assert.StartsWith("rd: ", end.Error);
        Assert.Contains(sentence, end.Error);
    }
}
