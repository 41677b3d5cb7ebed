using System.Security.Cryptography;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Ahead;

/// <summary><c>rd-api hash</c>: digests before anybody asks, for rd-api and for hosts without it.</summary>
public sealed class HashCommandTests : IDisposable
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _own = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _own.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task A_server_that_starts_later_hashes_nothing_any_more()
    {
        var content = await CreateAsync("sub/file");
        await CreateAsync("other");
        Assert.Contains("2 files, 10000000 bytes are in the digest cache", await HashAsync(0, "--sha256"), StringComparison.Ordinal);

        await using var server = await RdApiProcess.StartAsync(_root.Path, "--cache", _own["digests.db"]);
        await server.Client.StreamAsync("sub/file").LastAsync(Cancellation);
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(content)), await server.Client.GetStringAsync("sub/file?sha256", Cancellation));
        await server.AssertHashedAsync(_root, "sub/file");
    }

    [Fact]
    public async Task It_goes_on_where_it_was_interrupted()
    {
        SampleFile.CreateThin(_root["thin"], 3L << 30);
        await SampleFile.SettledAsync(_root["thin"]);
        // It may be done before this machine comes to interrupt it: then once more.
        await Eventually.IsTrueAsync(
            async () =>
            {
                foreach (var file in Directory.GetFiles(_own.Path))
                    File.Delete(file);
                await using var first = Start("--worker", "1");
                await Eventually.IsTrueAsync(
                    () => first.HasExited || (File.Exists(_own["digests.db-wal"]) && new FileInfo(_own["digests.db-wal"]).Length > 20_000), "some digests were stored");
                if (!first.TrySend(Signal.Interrupt) || await first.WaitForExitAsync() == 0)
                    return false;
                Assert.Equal(130, await first.WaitForExitAsync());
                Assert.Contains("run the same command again", first.Error.Text, StringComparison.Ordinal);
                return true;
            },
            "it was interrupted");
        var said = await HashAsync(0, "--verbose", "thin");
        var blocks = System.Text.RegularExpressions.Regex.Match(said, "(?<=SHA-256, )[0-9]+(?= blocks)", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromMinutes(1));
        Assert.InRange(int.Parse(blocks.Value), 1, 1535);
        Assert.DoesNotContain("hashed", await HashAsync(0, "--verbose", _root["thin"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_static_host_with_its_files_gives_rd_full_proof_of_blocks()
    {
        var content = await CreateAsync("sub/file");
        await CreateAsync("sub/a b");
        for (var time = 0; time < 2; time++)
            await HashAsync(0, "--sha256", "--write-meta4", _root.Path, "--mirror", "http://files.example/");
        Assert.Equal(["SHA256SUMS", "a b", "a b.meta4", "file", "file.meta4"], Directory.GetFiles(_root["sub"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await Tool.RunAsync(_root["sub"], "sha256sum", "--strict", "--check", "SHA256SUMS");
        await Tool.RunAsync(_own.Path, "xmllint", "--noout", "--relaxng", Path.Combine(AppContext.BaseDirectory, "RdApi/Proof/metalink4.rng"), _root["sub/file.meta4"]);

        await using var nginx = await WebServer.NginxAsync($"root {_root.Path};");
        await using var line = Relay.To(nginx.EndPoint, number => number < 2 ? new RelayScript { CorruptAt = 700_000 } : RelayScript.Clean);
        await using var rd = RdProcess.Start(_own, "-w", "1", $"{line.Through(new Uri("http://127.0.0.1:1/sub/file"))}");
        Assert.Equal(0, await rd.WaitForExitAsync());
        Assert.Equal(content, await File.ReadAllBytesAsync(_own["file"], Cancellation));
        // The block with the changed byte came again, and nothing else.
        Assert.InRange(line.Bytes, content.Length, content.Length + (3 << 20));
    }

    [Fact]
    public async Task A_list_keeps_the_files_that_were_not_hashed_this_time_and_forgets_those_that_are_gone()
    {
        foreach (var name in new[] { "a/x", "a/z", "a/gone", "b/y" })
            await CreateAsync(name);
        await HashAndWriteAsync(0, "a/x", "b/y", "a/z", "a/gone");
        Assert.Equal(["x", "z", "gone"], (await File.ReadAllLinesAsync(_root["a/SHA256SUMS"], Cancellation)).Select(line => line[66..]));
        File.Delete(_root["a/gone"]);
        await CreateAsync("a/new");

        await HashAndWriteAsync(0, "a/new");

        Assert.Equal(["x", "z", "new"], (await File.ReadAllLinesAsync(_root["a/SHA256SUMS"], Cancellation)).Select(line => line[66..]));
        await Tool.RunAsync(_root["a"], "sha256sum", "--strict", "--check", "SHA256SUMS");
        var written = File.GetLastWriteTimeUtc(_root["a/SHA256SUMS"]);
        await HashAndWriteAsync(0, "a/");
        Assert.Equal(written, File.GetLastWriteTimeUtc(_root["a/SHA256SUMS"]));
    }

    [Fact]
    public async Task Somebody_else_s_lists_and_Metalinks_are_left_alone()
    {
        const string Signed = "-----BEGIN PGP SIGNED MESSAGE-----\n\nabc  file\n";
        const string Upstream = "<metalink><file name='file'/></metalink>";
        await CreateAsync("file");
        await File.WriteAllTextAsync(_root["SHA256SUMS"], Signed, Cancellation);
        await File.WriteAllTextAsync(_root["file.meta4"], Upstream, Cancellation);

        var said = await HashAndWriteAsync(0);

        Assert.Equal((Signed, Upstream), (await File.ReadAllTextAsync(_root["SHA256SUMS"], Cancellation), await File.ReadAllTextAsync(_root["file.meta4"], Cancellation)));
        Assert.Contains("file: its .meta4 is not one that rd-api wrote", said, StringComparison.Ordinal);
        Assert.Contains("SHA256SUMS: is not a list", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Metalink_that_cannot_be_written_fails_its_own_file_alone()
    {
        var name = new string('b', 250);
        foreach (var file in new[] { "a", name, "c", "d" })
            await CreateAsync(file);
        Directory.CreateDirectory(_root["c.meta4"]);

        var said = await HashAndWriteAsync(1);

        Assert.Contains($"{name}: its Metalink could not be written", said, StringComparison.Ordinal);
        Assert.Contains("c: its Metalink could not be written", said, StringComparison.Ordinal);
        Assert.Equal(["SHA256SUMS", "a", "a.meta4", name, "c", "d", "d.meta4"], Directory.GetFiles(_root.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(4, (await File.ReadAllLinesAsync(_root["SHA256SUMS"], Cancellation)).Length);
    }

    [Theory]
    [InlineData(2, "is not below the web root", "..")]
    [InlineData(2, "add --mirror", "--write-meta4", "x")]
    [InlineData(2, "--sha256", "--sha265")]
    [InlineData(1, "nothing: cannot be opened", "nothing")]
    public async Task Mistakes_are_named(int code, string sentence, params string[] arguments) =>
        Assert.Contains(sentence, await HashAsync(code, arguments), StringComparison.Ordinal);

    [Fact]
    public async Task A_cache_that_cannot_be_used_is_no_success()
    {
        await CreateAsync("file");
        Directory.CreateDirectory(_own["digests.db"]);
        Assert.Contains("is a folder", await HashAsync(1), StringComparison.Ordinal);
    }

    private async Task<byte[]> CreateAsync(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root[name])!);
        var content = SampleFile.Create(_root[name], 5_000_000);
        File.SetLastWriteTimeUtc(_root[name], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        await Task.CompletedTask;
        return content;
    }

    private Task<string> HashAndWriteAsync(int code, params string[] paths) =>
        HashAsync(code, ["--sha256", "--write-meta4", _root.Path, "--mirror", "http://files.example/", .. paths]);

    private ProcessRunner Start(params string[] arguments) =>
        ProcessRunner.Start("rd-api", ["hash", "--web-root", _root.Path, "--cache", _own["digests.db"], .. arguments]);

    private async Task<string> HashAsync(int code, params string[] arguments)
    {
        await using var process = Start(arguments);
        var ended = await process.WaitForExitAsync();
        Assert.True(ended == code, $"it ended with {ended}:\n{process.Error.Text}");
        return process.Error.Text;
    }
}
