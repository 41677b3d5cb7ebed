using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

public sealed class InputFileTests : IAsyncLifetime
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _folder = new();
    private RdApiProcess _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 6; i++)
            SampleFile.Create(_root[$"{i}.bin"], 100_000 + i);
        _server = await RdApiProcess.StartAsync(_root.Path);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task All_of_a_list_are_downloaded_several_at_once()
    {
        await WriteAsync([.. Enumerable.Range(0, 6).Select(i => $"{_server.BaseAddress}{i}.bin"), "", "# no more"]);
        var end = await RdProcess.RunAsync(_folder, "--input-file", "list", "-j", "3");
        Assert.Equal(0, end.ExitCode);
        Assert.EndsWith($"6 of 6 files complete, 586.0 KiB\n", end.Error);
        for (var i = 0; i < 6; i++)
            Assert.Equal(File.ReadAllBytes(_root[$"{i}.bin"]), File.ReadAllBytes(_folder[$"{i}.bin"]));
    }

    [Fact]
    public async Task Files_at_the_same_time_do_not_wait_for_each_other()
    {
        await using var first = await HoldingServer.StartAsync(answered: 0);
        await using var second = await HoldingServer.StartAsync(answered: 0);
        await WriteAsync($"{first.Url}", "  out=1", $"{second.Url}", "  out=2", $"{_server.BaseAddress}0.bin");
        await using var rd = RdProcess.Start(_folder, "--input-file", "list", "-j", "2");
        await Eventually.IsTrueAsync(() => first.IsAsked && second.IsAsked, "both were asked for");
        Assert.False(File.Exists(_folder["0.bin"]));
        second.Release();
        await Eventually.IsTrueAsync(() => File.Exists(_folder["2"]) && File.Exists(_folder["0.bin"]), "the second and the third are there");
        Assert.False(File.Exists(_folder["1"]));
        first.Release();
        Assert.Equal(0, await rd.WaitForExitAsync());
        Assert.Equal(first.Content, await File.ReadAllBytesAsync(_folder["1"], Cancellation));
    }

    [Fact]
    public async Task A_list_may_come_from_standard_input_and_choose_names_and_checksums()
    {
        var right = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_root["0.bin"])));
        await WriteAsync(
            $"{_server.BaseAddress}0.bin", "  out=a/first.bin", $"\tchecksum=sha-256={right}", $"{_server.BaseAddress}1.bin", $"  checksum=sha-256={right}");
        await using var rd = RdProcess.StartInShell(_folder, "exec \"$0\" \"$@\" <list", "--input-file", "-");
        var end = await RdProcess.EndAsync(rd);
        Assert.Equal(10, end.ExitCode);
        Assert.Equal(File.ReadAllBytes(_root["0.bin"]), File.ReadAllBytes(_folder["a/first.bin"]));
        Assert.Contains("first.bin: ", end.Error);
        Assert.Contains(", proven by SHA-256 and its checksum (SHA-256): ", end.Error);
        Assert.Contains("rd: 1.bin: the file has SHA-256 ", end.Error);
        Assert.False(File.Exists(_folder["1.bin"]));
    }

    [Theory]
    [InlineData("list, line 1: an indented line belongs to the URL above it, and there is none.", "  out=x")]
    [InlineData("list, line 3: there are the options 'out=' and 'checksum=', not 'ouf'.", "http://h/a", "", "  ouf=x")]
    [InlineData("list, line 2: 'checksum=' takes a name (", "http://h/a", "  checksum=sha-256=1")]
    [InlineData("list, line 2: 'ftp://h/a' is no URL that begins with http:// or https://.", "http://h/b", "ftp://h/a")]
    [InlineData("Two of the URLs would become the same file 'a'", "http://h/a", "http://g/a")]
    [InlineData("There is no URL in 'list'.", "# nothing")]
    public async Task What_is_wrong_in_a_list_is_told_with_its_line(string told, params string[] lines)
    {
        await WriteAsync(lines);
        var end = await RdProcess.RunAsync(_folder, "--input-file", "list");
        Assert.Equal(2, end.ExitCode);
        Assert.StartsWith($"rd: {told}", end.Error);
    }

    [Fact]
    public async Task A_name_may_be_chosen_for_the_one_file_of_a_Metalink()
    {
        await File.WriteAllTextAsync(_folder["one.meta4"], $"<metalink>{FileOf("0.bin")}</metalink>", Cancellation);
        await File.WriteAllTextAsync(_folder["two.meta4"], $"<metalink>{FileOf("1.bin")}{FileOf("2.bin")}</metalink>", Cancellation);
        await WriteAsync("one.meta4", "  out=a/chosen.bin", "two.meta4", "  out=b.bin");
        var end = await RdProcess.RunAsync(_folder, "--input-file", "list");

        Assert.Equal(3, end.ExitCode);
        Assert.Equal(File.ReadAllBytes(_root["0.bin"]), File.ReadAllBytes(_folder["a/chosen.bin"]));
        Assert.Contains("b.bin: a name (--output, 'out=') and a checksum are for one file, and this Metalink has 2", end.Error);
        Assert.Equal(["a", "list", "one.meta4", "two.meta4"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        string FileOf(string name) => $"<file name='{name}'><url>{_server.BaseAddress}{name}</url></file>";
    }

    [Fact]
    public async Task A_list_that_is_not_there_is_3()
    {
        var end = await RdProcess.RunAsync(_folder, "--input-file", "missing");
        Assert.Equal(3, end.ExitCode);
        Assert.StartsWith("rd: the input file 'missing' does not exist", end.Error);
        Assert.Equal(new RdEnd(3, "", "rd: the input file '.' is a folder\n"), await RdProcess.RunAsync(_folder, "--input-file", "."));
    }

    private Task WriteAsync(params string[] lines) => File.WriteAllLinesAsync(_folder["list"], lines, Cancellation);
}
