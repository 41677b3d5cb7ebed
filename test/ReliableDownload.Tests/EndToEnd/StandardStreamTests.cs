using System.Net;
using System.Net.Sockets;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>Standard streams that are closed, or that nothing can be written to.</summary>
public sealed class StandardStreamTests
{
    [Theory]
    [InlineData("2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public async Task Rd_downloads_without_standard_streams(string closed)
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([1, 2, 3]);

        var end = await EndInShellAsync("rd", folder, closed, $"{server.Url}");

        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(folder["file.bin"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public async Task Rd_api_that_cannot_start_keeps_its_exit_code_without_standard_streams(string closed)
    {
        using var folder = new TempFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var end = await EndInShellAsync(
            "rd-api", folder, closed, "--host", "127.0.0.1", "--port", $"{((IPEndPoint)taken.LocalEndpoint).Port}", "--cache", folder["cache"]);

        Assert.Equal(1, end.ExitCode);
    }

    [Theory]
    [InlineData("rd", "--help", 3)]
    [InlineData("rd", "--version", 3)]
    [InlineData("rd", "--man", 3)]
    [InlineData("rd-api", "--help", 1)]
    [InlineData("rd-api", "--version", 1)]
    [InlineData("rd-api", "--man", 1)]
    public async Task What_cannot_be_printed_is_said_in_one_sentence(string program, string option, int exitCode)
    {
        using var folder = new TempFolder();

        var end = await EndInShellAsync(program, folder, ">/dev/full", option);

        Assert.Equal(exitCode, end.ExitCode);
        Assert.Matches($@"^{program}: cannot write to standard output: No space left on device[^\n]*\n$", end.Error);
    }

    private static async Task<RdEnd> EndInShellAsync(string program, TempFolder folder, string redirections, params string[] arguments)
    {
        await using var shell = ProcessRunner.Start(
            "/bin/sh", ["-c", $"exec \"$0\" \"$@\" {redirections}", ProcessRunner.PathOf(program), .. arguments], folder.Path);
        return await shell.EndAsync();
    }
}
