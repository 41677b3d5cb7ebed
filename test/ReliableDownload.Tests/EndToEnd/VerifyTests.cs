using System.Security.Cryptography;
using System.Text.Json;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary><c>rd verify</c>: what is on disk is compared, and what differs is fetched.</summary>
public sealed class VerifyTests : IDisposable
{
    private const int Block = 2 << 20;
    private const int Size = (8 * Block) + 321;

    private readonly TempFolder _folder = new();
    private readonly byte[] _content;

    public VerifyTests()
    {
        Directory.CreateDirectory(_folder["root"]);
        _content = SampleFile.Create(_folder["root/big.bin"], Size);
        File.WriteAllBytes(_folder["big.bin"], _content);
    }

    [Fact]
    public async Task Damaged_blocks_are_named_and_only_they_are_fetched()
    {
        await using var api = await RdApiProcess.StartAsync(_folder["root"]);
        await using var line = Relay.To(api.BaseAddress, _ => RelayScript.Clean);
        var url = line.Through(new Uri(api.BaseAddress, "/big.bin")).AbsoluteUri;
        var right = await RdProcess.RunAsync(_folder, "verify", "big.bin", "--from", url);
        Damage(1, 4, 5);

        var wrong = await RdProcess.RunAsync(_folder, "verify", "--from", url, "big.bin");
        var before = line.Bytes;
        var repaired = await RdProcess.RunAsync(_folder, "verify", "--repair", "--from", url, "big.bin");

        Assert.True(right.ExitCode == 0, right.Error);
        Assert.Contains("big.bin: proven by SHA-256 of the server", right.Output);
        Assert.Equal(10, wrong.ExitCode);
        Assert.Contains($"WRONG: {3 * Block} bytes in 2 ranges", wrong.Output);
        Assert.Contains($"  bytes {Block}-{(2 * Block) - 1}\n  bytes {4 * Block}-{(6 * Block) - 1}\n", wrong.Output);
        Assert.True(repaired.ExitCode == 0, repaired.Error);
        Assert.Contains("big.bin: repaired, 6.0 MiB fetched", repaired.Output);
        Assert.InRange(line.Bytes - before, 3 * Block, (3 * Block) + 100_000);
        AssertIsRight();
        Assert.False(Directory.Exists(_folder[".blocks"]));
    }

    [Fact]
    public async Task A_repaired_file_has_the_mode_and_the_owner_that_it_had_and_is_reached_by_its_link()
    {
        await using var api = await RdApiProcess.StartAsync(_folder["root"]);
        Damage(1);
        Directory.CreateDirectory(_folder["elsewhere"]);
        File.Move(_folder["big.bin"], _folder["elsewhere/real.bin"]);
        File.CreateSymbolicLink(_folder["big.bin"], "elsewhere/real.bin");
        File.SetUnixFileMode(_folder["elsewhere/real.bin"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var owners = Environment.UserName == "root" ? "1234:1235" : await Tool.RunAsync(_folder.Path, "stat", "--format", "%u:%g", "elsewhere/real.bin");
        await Tool.RunAsync(_folder.Path, "chown", owners.Trim(), "elsewhere/real.bin");

        string[] command = ["verify", "--from", new Uri(api.BaseAddress, "/big.bin").AbsoluteUri, "big.bin"];
        var repaired = await RdProcess.RunAsync(_folder, [.. command, "--repair"]);
        var right = await RdProcess.RunAsync(_folder, command);

        Assert.True(repaired.ExitCode == 0, repaired.Error);
        Assert.Equal((0, ""), (right.ExitCode, right.Error));
        AssertIsRight();
        Assert.Equal("elsewhere/real.bin", new FileInfo(_folder["big.bin"]).LinkTarget);
        Assert.Equal($"600 {owners.Trim()}\n", await Tool.RunAsync(_folder.Path, "stat", "--format", "%a %u:%g", "elsewhere/real.bin"));
    }

    [Fact]
    public async Task A_Metalink_beside_the_file_proves_it_without_a_server()
    {
        const int Piece = 1 << 20;
        var pieces = string.Concat(_content.Chunk(Piece).Select(piece => $"<hash>{Hex(piece)}</hash>"));
        await File.WriteAllTextAsync(
            _folder["big.bin.meta4"], $"<metalink><file name='big.bin'><size>{Size}</size><pieces length='{Piece}' type='sha-256'>{pieces}</pieces></file></metalink>", TestContext.Current.CancellationToken);
        var right = await RdProcess.RunAsync(_folder, "verify", "big.bin");
        Damage(0);

        var wrong = await RdProcess.RunAsync(_folder, "verify", "--repair", "big.bin");

        Assert.True(right.ExitCode == 0, right.Error);
        Assert.Contains("proven by SHA-256 of big.bin.meta4", right.Output);
        Assert.Equal(10, wrong.ExitCode);
        Assert.Contains($"  bytes 0-{Piece - 1}\n", wrong.Output);
        Assert.Contains("nobody says where the file can be had", wrong.Error);
    }

    [Theory]
    [InlineData(true, 0, "big.bin: proven by SHA-1 of big.bin.meta4 and SHA-256 of big.bin.meta4")]
    [InlineData(false, 10, "big.bin: WRONG: it has SHA-256 ")]
    public async Task Where_pieces_have_a_weak_digest_that_of_the_whole_counts_too(bool isRight, int exitCode, string said)
    {
        await File.WriteAllTextAsync(
            _folder["big.bin.meta4"],
            $"<metalink><file name='big.bin'><hash type='sha-256'>{Hex(isRight ? _content : [])}</hash><pieces length='{1 << 30}' type='sha-1'><hash>{Convert.ToHexString(SHA1.HashData(_content))}</hash></pieces></file></metalink>",
            TestContext.Current.CancellationToken);

        var end = await RdProcess.RunAsync(_folder, "verify", "big.bin");

        Assert.True(exitCode == end.ExitCode, end.Error);
        Assert.Contains(said, end.Output);
    }

    [Fact]
    public async Task A_list_proves_the_whole_of_several_files()
    {
        await File.WriteAllTextAsync(_folder["other.bin"], "other", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["SHA256SUMS"], $"{Hex(_content)}  big.bin\n{Hex([])} *other.bin\n", TestContext.Current.CancellationToken);

        var end = await RdProcess.RunAsync(_folder, "verify", "big.bin", "other.bin");

        Assert.Equal(10, end.ExitCode);
        Assert.Contains("big.bin: proven by SHA-256 of SHA256SUMS", end.Output);
        Assert.Contains($"other.bin: WRONG: it has SHA-256 {Hex("other"u8.ToArray())}, not {Hex([])} as SHA256SUMS says", end.Output);
    }

    [Fact]
    public async Task One_URL_is_not_that_of_several_files()
    {
        await using var api = await RdApiProcess.StartAsync(_folder["root"]);
        await File.WriteAllTextAsync(_folder["b.bin"], "mine", TestContext.Current.CancellationToken);

        var end = await RdProcess.RunAsync(_folder, "verify", "--repair", "big.bin", "b.bin", "--from", new Uri(api.BaseAddress, "/big.bin").AbsoluteUri);

        Assert.True(end.ExitCode == 2, end.Error);
        Assert.Contains("--from", end.Error);
        Assert.Equal("mine", await File.ReadAllTextAsync(_folder["b.bin"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_Metalink_repairs_only_the_files_that_it_surely_names()
    {
        foreach (var (name, text) in new[] { ("README.md", "of the root"), ("sub/README.md", "of sub"), ("other.txt", "other") })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder["root/d/" + name])!);
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
            await File.WriteAllTextAsync(_folder["root/d/" + name], text, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(_folder[name], "mine", TestContext.Current.CancellationToken);
        }

        await using var api = await RdApiProcess.StartAsync(_folder["root"]);

        var end = await RdProcess.RunAsync(_folder, "verify", "--repair", "README.md", "sub/README.md", "big.bin", "--from", new Uri(api.BaseAddress, "/d/?meta4").AbsoluteUri);
        var one = await RdProcess.RunAsync(_folder, "verify", "--repair", "README.md", "--from", new Uri(api.BaseAddress, "/d/other.txt?meta4").AbsoluteUri);

        Assert.True(end.ExitCode == 10, end.Error);
        Assert.Contains("README.md: nobody says where the file can be had", end.Error);
        Assert.Contains("sub/README.md: repaired", end.Output);
        Assert.Contains("big.bin: NOT PROVEN", end.Output);
        Assert.True(one.ExitCode == 10, one.Error);
        Assert.Equal("mine", await File.ReadAllTextAsync(_folder["README.md"], TestContext.Current.CancellationToken));
        Assert.Equal("of sub", await File.ReadAllTextAsync(_folder["sub/README.md"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_is_too_short_is_repaired_by_its_Metalink()
    {
        await using var api = await RdApiProcess.StartAsync(_folder["root"]);
        using (var client = new HttpClient())
            await File.WriteAllBytesAsync(_folder["big.bin.meta4"], await client.GetByteArrayAsync(new Uri(api.BaseAddress, "/big.bin?meta4"), TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        using (var file = File.OpenHandle(_folder["big.bin"], FileMode.Open, FileAccess.ReadWrite))
            RandomAccess.SetLength(file, 5 * Block);

        var end = await RdProcess.RunAsync(_folder, "verify", "--repair", "big.bin");

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Contains($"WRONG: it has {5 * Block} bytes and should have {Size}", end.Output);
        AssertIsRight();
    }

    [Theory]
    [InlineData("SHA256SUMS", "{0}  a.bin\n{0}  b.bin\n")]
    [InlineData("SHA256SUMS", "{1}  a.iso\n")]
    [InlineData("big.bin.meta4", "<metalink>")]
    public async Task A_file_of_which_nothing_speaks_is_not_called_wrong(string name, string text)
    {
        await File.WriteAllTextAsync(_folder[name], string.Format(text, Hex([]), Hex([1])), TestContext.Current.CancellationToken);
        var none = await RdProcess.RunAsync(_folder, "verify", "big.bin");
        await File.WriteAllTextAsync(_folder["SHA512SUMS"], $"{Convert.ToHexString(SHA512.HashData(_content))}  big.bin\n", TestContext.Current.CancellationToken);

        var listed = await RdProcess.RunAsync(_folder, "verify", "big.bin");

        Assert.True(none.ExitCode == 13, none.Output + none.Error);
        Assert.Contains($"big.bin: NOT PROVEN: '{_folder[name]}'", none.Output);
        Assert.DoesNotContain("fetched", none.Output);
        Assert.True(listed.ExitCode == 0, listed.Output + listed.Error);
        Assert.Contains("proven by SHA-512 of SHA512SUMS", listed.Output);
    }

    [Fact]
    public async Task A_listed_name_with_a_backslash_before_an_n_is_that_name()
    {
        File.Move(_folder["big.bin"], _folder["a\\new.bin"]);
        await File.WriteAllTextAsync(_folder["SHA256SUMS"], $"\\{Hex(_content)}  a\\\\new.bin\n{Hex([])}  b\n", TestContext.Current.CancellationToken);

        var end = await RdProcess.RunAsync(_folder, "verify", "a\\new.bin");

        Assert.True(end.ExitCode == 0, end.Output + end.Error);
    }

    [Fact]
    public async Task What_nothing_proves_replaces_no_file()
    {
        await using var nginx = await WebServer.NginxAsync($"root {_folder["root"]};");
        await using var line = Relay.To(nginx.EndPoint, _ => RelayScript.Clean);
        byte[] mine = [.. _content, 1];
        await File.WriteAllBytesAsync(_folder["big.bin"], mine, TestContext.Current.CancellationToken);

        var end = await RdProcess.RunAsync(_folder, "verify", "--repair", "--from", line.Through(new Uri("http://127.0.0.1/big.bin")).AbsoluteUri, "big.bin");

        Assert.Equal(10, end.ExitCode);
        Assert.Contains("not repaired", end.Error);
        Assert.True(mine.AsSpan().SequenceEqual(File.ReadAllBytes(_folder["big.bin"])), "it was replaced");
    }

    [Theory]
    [InlineData(13, "NOT PROVEN: no digests are beside it", "big.bin")]
    [InlineData(3, "there is no file", "none.bin")]
    [InlineData(3, "does not exist", "big.bin", "--from", "none.meta4")]
    [InlineData(2, "--repiar", "big.bin", "--repiar")]
    [InlineData(2, "Required argument")]
    public async Task What_cannot_be_verified_is_said(int exitCode, string said, params string[] arguments)
    {
        var end = await RdProcess.RunAsync(_folder, ["verify", .. arguments]);

        Assert.True(exitCode == end.ExitCode, end.Error);
        Assert.Contains(said, exitCode == 13 ? end.Output : end.Error);
    }

    [Fact]
    public async Task A_program_reads_a_JSON_object_a_line()
    {
        await File.WriteAllTextAsync(_folder["SHA256SUMS"], $"{Hex(_content)}  big.bin\n", TestContext.Current.CancellationToken);
        var right = await RdProcess.RunAsync(_folder, "verify", "--json", "big.bin");
        Damage(0);

        var wrong = await RdProcess.RunAsync(_folder, "verify", "--json", "big.bin");

        using var told = JsonDocument.Parse(right.Output);
        Assert.Equal(("verified", "already-complete", 0), (told.RootElement.GetProperty("event").GetString(), told.RootElement.GetProperty("outcome").GetString(), right.ExitCode));
        Assert.Equal((_folder["big.bin"], "SHA-256 of SHA256SUMS"), (told.RootElement.GetProperty("file").GetString(), told.RootElement.GetProperty("proof").GetString()));
        using var other = JsonDocument.Parse(wrong.Output);
        Assert.Equal(("not-proven", 10, 10), (other.RootElement.GetProperty("outcome").GetString(), other.RootElement.GetProperty("exit_code").GetInt32(), wrong.ExitCode));
        Assert.Empty(right.Error + wrong.Error);
    }

    [Fact]
    public async Task Quiet_tells_only_what_is_not_proven()
    {
        await File.WriteAllTextAsync(_folder["SHA256SUMS"], $"{Hex(_content)}  big.bin\n", TestContext.Current.CancellationToken);
        var right = await RdProcess.RunAsync(_folder, "verify", "-q", "big.bin");
        Damage(0);

        var wrong = await RdProcess.RunAsync(_folder, "verify", "-q", "big.bin");

        Assert.Equal(new RdEnd(0, "", ""), right);
        Assert.Contains("WRONG", wrong.Output);
    }

    [Fact]
    public async Task Its_help_is_its_own()
    {
        var end = await RdProcess.RunAsync(_folder, "verify", "--help");

        Assert.Equal(0, end.ExitCode);
        Assert.Contains("--repair", end.Output);
        Assert.Contains("rd verify", end.Output);
    }

    public void Dispose() => _folder.Dispose();

    private void Damage(params int[] blocks)
    {
        using var file = File.OpenHandle(_folder["big.bin"], FileMode.Open, FileAccess.ReadWrite);
        foreach (var block in blocks)
            RandomAccess.Write(file, [(byte)~_content[(block * Block) + 7]], (block * Block) + 7);
    }

    private void AssertIsRight() => Assert.True(_content.AsSpan().SequenceEqual(File.ReadAllBytes(_folder["big.bin"])), "the file is another one");

    private static string Hex(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
