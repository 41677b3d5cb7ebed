using ReliableDownload.Tests.Client.AnyServer;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The real rd writing a file to standard output: <c>rd -O - URL | tar x</c>.</summary>
public sealed class StandardOutputTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private ScriptedServer _server = null!;

    [Fact]
    public async Task A_program_gets_the_file_through_a_pipe()
    {
        await StartAsync(5 << 20);
        await File.WriteAllBytesAsync(_folder["sample"], _server.Content, TestContext.Current.CancellationToken);
        await using var tar = RdProcess.StartInShell(_folder, "tar cf archive sample && rm sample");
        Assert.Equal(0, (await tar.EndAsync()).ExitCode);
        _server.Content = await File.ReadAllBytesAsync(_folder["archive"], TestContext.Current.CancellationToken);

        var end = await EndInShellAsync("\"$0\" -O - \"$1\" | tar xv");

        Assert.Equal((0, "sample\n"), (end.ExitCode, end.Output));
        Assert.Matches(@"^standard output: 5\.0 MiB in .*, proven by SHA-256\n$", end.Error);
        Assert.Equal(5 << 20, new FileInfo(_folder["sample"]).Length);
        Assert.False(Directory.Exists(_folder[".blocks"]));
    }

    [Fact]
    public async Task It_writes_behind_what_is_in_the_file_already()
    {
        await StartAsync(100_000);

        var end = await EndInShellAsync("{ echo before; \"$0\" -q -O - \"$1\"; echo after; } >all");

        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        var written = await File.ReadAllBytesAsync(_folder["all"], TestContext.Current.CancellationToken);
        Assert.Equal([.. "before\n"u8, .. _server.Content, .. "after\n"u8], written);
    }

    [Fact]
    public async Task The_file_of_a_Metalink_is_proven_by_it()
    {
        var content = SampleFile.Create(_folder["f.bin"], 5_000_000);
        await using var server = await RdApiProcess.StartAsync(_folder.Path);
        await using var shell = RdProcess.StartInShell(_folder, "exec \"$0\" -O - \"$1\" >got", $"{server.BaseAddress}f.bin?meta4");

        var end = await shell.EndAsync();

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(content, await File.ReadAllBytesAsync(_folder["got"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_closed_pipe_is_141_without_a_word()
    {
        await StartAsync(8 << 20);

        var end = await EndInShellAsync("{ \"$0\" -O - \"$1\"; echo $? >code; } | head -c 100 | wc -c");

        Assert.Equal(("100", "", "141\n"), (end.Output.Trim(), end.Error, await File.ReadAllTextAsync(_folder["code"], TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData(">/dev/full", 9, "rd: standard output: the output cannot be written: No space left on device\n")]
    [InlineData(">&-", 3, "rd: standard output is closed\n")]
    public async Task Output_that_cannot_be_written_is_said_in_one_sentence(string redirection, int exitCode, string error)
    {
        await StartAsync(3_000_000);
        var end = await EndInShellAsync($"exec \"$0\" -O - \"$1\" {redirection}");
        Assert.Equal((exitCode, error), (end.ExitCode, end.Error));
    }

    [Fact]
    public async Task Unproven_bytes_are_13_and_said_on_standard_error()
    {
        await StartAsync(100_000);
        _server.OnMetadata = PlainFixture.NotFound;

        var end = await EndInShellAsync("exec \"$0\" -O - \"$1\" >got");

        Assert.Equal(13, end.ExitCode);
        Assert.Matches(@"^standard output: 97\.7 KiB in .*, complete, NOT PROVEN: the server gives no digests\n$", end.Error);
        Assert.Equal(_server.Content, await File.ReadAllBytesAsync(_folder["got"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wrong_checksum_is_10_after_the_fact()
    {
        await StartAsync(100_000);
        _server.OnMetadata = PlainFixture.NotFound;

        var end = await EndInShellAsync($"exec \"$0\" --checksum md5={new string('0', 32)} -O - \"$1\" >got");

        Assert.Equal(10, end.ExitCode);
        Assert.Matches("^rd: standard output: what was written has MD5 [0-9a-f]{32}, not 0{32} as it should have; do not use it\n$", end.Error);
        Assert.Equal(100_000, new FileInfo(_folder["got"]).Length);
    }

    [Fact]
    public async Task Ctrl_C_ends_it_though_nobody_reads()
    {
        await StartAsync(8 << 20);
        SpecialFiles.CreateFifo(_folder["pipe"]);
        await using var rd = RdProcess.StartInShell(_folder, "exec \"$0\" -i 0 -O - \"$1\" >pipe", $"{_server.Url}");
        await using var reader = File.OpenRead(_folder["pipe"]);
        await rd.Error.WaitForAsync(", waiting for whoever reads the output");

        rd.Send(Signal.Interrupt);

        Assert.Equal(130, (await rd.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("--output is for one file", "-O", "-", "http://a/x", "http://a/y")]
    [InlineData("--json and -O - exclude each other", "-O", "-", "--json", "http://a/x")]
    [InlineData("--keep and -O - exclude each other", "-O", "-", "-k", "http://a/x")]
    public async Task What_contradicts_it_is_wrong_usage(string error, params string[] arguments)
    {
        var end = await RdProcess.RunAsync(_folder, arguments);
        Assert.Equal((2, ""), (end.ExitCode, end.Output));
        Assert.StartsWith($"rd: {error}", end.Error);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartAsync(int size) => _server = await ScriptedServer.StartAsync(ScriptedServer.RandomBytes(size));

    private async Task<RdEnd> EndInShellAsync(string command)
    {
        await using var shell = RdProcess.StartInShell(_folder, command, $"{_server.Url}");
        return await shell.EndAsync();
    }
}
