using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The real rd and what proves a file: lists of digests, Metalinks with several files, mirrors.</summary>
public sealed class ProofOptionTests : IAsyncDisposable
{
    private static readonly byte[] Content = ScriptedServer.RandomBytes(300_000);

    private readonly TempFolder _folder = new();
    private ScriptedServer _server = null!;

    [Fact]
    public async Task The_verdict_names_who_proved_it()
    {
        await StartAsync();
        _server.Beside["/SHA256SUMS"] = context => context.Response.WriteAsync(Hex(Content) + "  file.bin");

        var end = await RdProcess.RunAsync(_folder, $"{_server.Url}");
        var again = await RdProcess.RunAsync(_folder, $"{_server.Url}");
        var ignored = await RdProcess.RunAsync(_folder, "--no-discover", "-f", $"{_server.Url}");

        Assert.Contains("proven by SHA-256 of SHA256SUMS beside it: ", end.Error);
        Assert.Contains("already complete, 293.0 KiB, proven by SHA-256 of SHA256SUMS beside it", again.Error);
        Assert.Equal((0, 0, 13), (end.ExitCode, again.ExitCode, ignored.ExitCode));
    }

    [Fact]
    public async Task A_weak_digest_proves_and_is_called_weak()
    {
        await StartAsync();
        _server.OnRange = (context, _) =>
        {
            context.Response.Headers["Digest"] = "md5=" + Convert.ToBase64String(CryptographicOperations.HashData(HashAlgorithmName.MD5, Content));
            return Task.FromResult(false);
        };

        var end = await RdProcess.RunAsync(_folder, $"{_server.Url}");

        Assert.Equal(0, end.ExitCode);
        Assert.Contains("proven by MD5 of the server's Digest (weak", end.Error);
    }

    [Theory]
    [InlineData("my sums#1.txt", "{0}  file.bin\n", 0, "proven by SHA-256 of my sums#1.txt")]
    [InlineData("sums", "{0}  a.bin\n{0}  b.bin\n", 10, "has no digest of 'file.bin'")]
    [InlineData("SHA256SUMS", "{0}  a.bin\n", 10, "has no digest of 'file.bin'; nothing was fetched")]
    [InlineData("one.meta4", "<metalink><file name='x'><hash type='sha-256'>{0}</hash></file></metalink>", 0, "proven by SHA-256 of one.meta4")]
    [InlineData("empty.meta4", "<metalink><file name='file.bin'><size>300000</size></file></metalink>", 10, "has no digest of 'file.bin'; nothing was fetched")]
    [InlineData("bad.meta4", "<metalink>", 10, "bad.meta4")]
    [InlineData(null, "", 3, "does not exist")]
    public async Task A_named_proof_decides(string? name, string text, int exitCode, string said)
    {
        await StartAsync();
        if (name is not null)
            await File.WriteAllTextAsync(_folder[name], string.Format(text, Hex(Content)), TestContext.Current.CancellationToken);

        var end = await RdProcess.RunAsync(_folder, "--proof", name ?? "missing", $"{_server.Url}");

        Assert.Equal(exitCode, end.ExitCode);
        Assert.Contains(said, end.Error);
        Assert.Equal(exitCode == 0, File.Exists(_folder["file.bin"]));
        Assert.Empty(_server.AskedBeside);
    }

    [Theory]
    [InlineData("md5", "{0}  file.bin\n", 0, "proven by SHA-256 of proof")]
    [InlineData("md5", "{1}  file.bin\n", 10, "the file has SHA-256")]
    [InlineData("sha-256", "{1}  file.bin\n", 10, "nothing was fetched")]
    [InlineData("md5", "<metalink><file name='file.bin'><hash type='sha-256'>{0}</hash></file></metalink>", 0, "proven by SHA-256 of proof")]
    [InlineData("md5", "<metalink><file name='file.bin'><hash type='sha-256'>{1}</hash></file></metalink>", 10, "the file has SHA-256")]
    public async Task Of_a_checksum_and_a_proof_the_better_digest_counts_and_they_may_not_disagree(string algorithm, string text, int exitCode, string said)
    {
        await StartAsync();
        await File.WriteAllTextAsync(_folder["proof"], string.Format(text, Hex(Content), Hex([])), TestContext.Current.CancellationToken);
        var checksum = Convert.ToHexStringLower(CryptographicOperations.HashData(new HashAlgorithmName(algorithm == "md5" ? "MD5" : "SHA256"), Content));

        var end = await RdProcess.RunAsync(_folder, "--checksum", $"{algorithm}={checksum}", "--proof", "proof", $"{_server.Url}");

        Assert.True(exitCode == end.ExitCode, end.Error);
        Assert.Contains(said, end.Error);
        Assert.Equal(exitCode == 0, File.Exists(_folder["file.bin"]));
    }

    [Fact]
    public async Task A_proof_at_a_URL_is_fetched()
    {
        await StartAsync();
        _server.Beside["/sums/today"] = context => context.Response.WriteAsync($"SHA256 (file.bin) = {Hex(Content)}");

        var end = await RdProcess.RunAsync(_folder, "--proof", $"http://{_server.Url.Authority}/sums/today", $"{_server.Url}");
        var none = await RdProcess.RunAsync(_folder, "-f", "--proof", $"http://{_server.Url.Authority}/SHA512SUMS", $"{_server.Url}");

        Assert.Contains("proven by SHA-256 of today", end.Error);
        Assert.Equal(8, none.ExitCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_Metalink_s_files_go_into_the_folders_it_names(bool isUrl)
    {
        await StartAsync();
        Directory.CreateDirectory(_folder["out"]);
        Directory.CreateSymbolicLink(_folder["out/link"], _folder.Path);
        var text = Metalink(("a/b/one.bin", Content), ("two.bin", Content), ("../evil.bin", Content), ("/evil.bin", Content), ("a/../../evil.bin", Content), ("link/evil.bin", Content), ("a\\evil.bin", Content), (".evil.bin", Content), (".config/evil.bin", Content), ("two.bin", Content));
        await File.WriteAllTextAsync(_folder["all.meta4"], text, TestContext.Current.CancellationToken);
        _server.Beside["/all.meta4"] = context => context.Response.WriteAsync(text);

        var end = await RdProcess.RunAsync(_folder, "-o", "out", isUrl ? $"http://{_server.Url.Authority}/all.meta4" : "all.meta4");

        Assert.Equal(Content, await File.ReadAllBytesAsync(_folder["out/a/b/one.bin"], TestContext.Current.CancellationToken));
        Assert.Equal(Content, await File.ReadAllBytesAsync(_folder["out/two.bin"], TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*evil.bin", SearchOption.AllDirectories));
        Assert.False(File.Exists("/evil.bin"));
        Assert.Equal(3, end.ExitCode);
        Assert.Contains("2 of 10 files complete", end.Error);
        Assert.Contains("one.bin: 293.0 KiB", end.Error);
        Assert.Contains("proven by SHA-256 of the Metalink", end.Error);
        Assert.Contains("'link/evil.bin' in this Metalink leads through a symbolic link", end.Error);
    }

    [Fact]
    public async Task A_Metalink_of_one_file_takes_a_name_and_further_mirrors()
    {
        await StartAsync();
        await File.WriteAllTextAsync(_folder["one.metalink"], Metalink(("one.bin", Content)).Replace($"{_server.Url}", "http://127.0.0.1:1/gone"), TestContext.Current.CancellationToken);

        var end = await RdProcess.RunAsync(_folder, "-O", "mine.bin", "--mirror", $"{_server.Url}", "one.metalink");

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(Content, await File.ReadAllBytesAsync(_folder["mine.bin"], TestContext.Current.CancellationToken));
        Assert.Contains("127.0.0.1:1", end.Error);
    }

    [Fact]
    public async Task A_Metalink_that_is_still_being_calculated_is_waited_for()
    {
        await StartAsync();
        var asked = 0;
        _server.Beside["/one.meta4"] = context =>
        {
            if (++asked > 5)
                return context.Response.WriteAsync(Metalink(("one.bin", Content)));
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "0";
            return Task.CompletedTask;
        };

        var end = await RdProcess.RunAsync(_folder, $"http://{_server.Url.Authority}/one.meta4");

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(6, asked);
    }

    [Theory]
    [InlineData("missing.meta4", 3)]
    [InlineData("http://127.0.0.1:1/missing.meta4", 4)]
    public async Task A_Metalink_that_cannot_be_read_is_told_of(string argument, int exitCode)
    {
        var end = await RdProcess.RunAsync(_folder, "-r", "1", argument);

        Assert.Equal(exitCode, end.ExitCode);
        Assert.StartsWith("rd: missing.meta4: ", end.Error);
    }

    [Theory]
    [InlineData("--mirror is for one file", "--mirror", "http://a/x", "http://a/1", "http://a/2")]
    [InlineData("--mirror: 'ftp://a/x' is no URL", "--mirror", "ftp://a/x", "http://a/1")]
    [InlineData("--proof takes a file, or a URL", "--proof", "ftp://a/x", "http://a/1")]
    public async Task What_cannot_be_meant_is_wrong_usage(string said, params string[] arguments)
    {
        var end = await RdProcess.RunAsync(_folder, arguments);

        Assert.Equal(2, end.ExitCode);
        Assert.Contains(said, end.Error);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartAsync()
    {
        _server = await ScriptedServer.StartAsync(Content);
        _server.OnMetadata = PlainFixture.NotFound;
    }

    private string Metalink(params (string Name, byte[] Content)[] files) => $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <metalink xmlns="urn:ietf:params:xml:ns:metalink">{string.Concat(files.Select(file => $"""
          <file name="{file.Name}"><size>{file.Content.Length}</size><url>{_server.Url}</url>
          <pieces length="65536" type="sha-256">{string.Concat(file.Content.Chunk(65536).Select(piece => $"<hash>{Hex(piece)}</hash>"))}</pieces></file>
        """))}
        </metalink>
        """;

    private static string Hex(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
