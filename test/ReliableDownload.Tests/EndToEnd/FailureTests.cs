using Microsoft.AspNetCore.Http;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>What the real rd says, and which code it ends with, where a download cannot succeed.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task An_unknown_host_is_4()
    {
        using var folder = new TempFolder();
        var end = await RdProcess.RunAsync(folder, "-r", "1", "http://no-such-host.invalid/big.tar");
        Assert.Equal((4, ""), (end.ExitCode, end.Output));
        Assert.Contains("rd: big.tar: ", end.Error);
        Assert.False(File.Exists(folder["big.tar"]));
    }

    [Theory]
    [InlineData(401, 6)]
    [InlineData(403, 6)]
    [InlineData(404, 8)]
    [InlineData(410, 8)]
    public async Task An_HTTP_error_that_no_repetition_mends_has_its_code_at_once(int status, int exitCode)
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([]);
        server.OnMetadata = server.OnRange = (context, _) => AnswerAsync(context, status, "text/plain", "no");

        var end = await RdProcess.RunAsync(folder, $"{server.Url}");

        Assert.Equal(exitCode, end.ExitCode);
        Assert.Contains($"{status}", end.Error);
        Assert.Equal(1, server.MetadataRequests);
    }

    [Fact]
    public async Task Digests_that_are_none_though_the_server_names_them_are_7()
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([]);
        server.NamesDigests = true;
        server.OnMetadata = (context, _) => AnswerAsync(context, 200, "text/html", "<html><body>Welcome</body></html>");

        Assert.Equal(7, (await RdProcess.RunAsync(folder, "-r", "1", $"{server.Url}")).ExitCode);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_3_and_named()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["file"], "", TestContext.Current.CancellationToken);
        await using var server = await ScriptedServer.StartAsync([1]);

        var end = await RdProcess.RunAsync(folder, "-o", "file", $"{server.Url}");

        Assert.Equal(3, end.ExitCode);
        Assert.Contains(folder["file"], end.Error);
    }

    [Fact]
    public async Task Other_content_in_the_target_is_12_and_stays_until_force()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["file.bin"], "mine", TestContext.Current.CancellationToken);
        await using var server = await ScriptedServer.StartAsync([1, 2, 3]);

        var end = await RdProcess.RunAsync(folder, $"{server.Url}");
        Assert.Equal(12, end.ExitCode);
        Assert.Contains("--force", end.Error);
        Assert.Equal("mine", await File.ReadAllTextAsync(folder["file.bin"], TestContext.Current.CancellationToken));

        Assert.Equal(0, (await RdProcess.RunAsync(folder, "-f", $"{server.Url}")).ExitCode);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(folder["file.bin"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_never_stops_changing_is_11()
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.RandomBytes(2_600_000));
        server.OnRange = (_, number) =>
        {
            server.Content = ScriptedServer.RandomBytes(2_600_000, seed: number + 2);
            return Task.FromResult(false);
        };

        var end = await RdProcess.RunAsync(folder, $"{server.Url}");

        Assert.Equal(11, end.ExitCode);
        Assert.Contains("the file changed 6 times during the download; try again when it is finished", end.Error);
        Assert.False(File.Exists(folder["file.bin"]));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(401)]
    public async Task A_password_is_sent_and_never_shown(int status)
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([1, 2, 3]);
        var authorization = "";
        server.OnRange = (context, _) => status == 200 ? Task.FromResult(false) : AnswerAsync(context, status, "text/plain", "no");
        server.OnMetadata = (context, _) =>
        {
            authorization = context.Request.Headers.Authorization.ToString();
            return status == 200 ? Task.FromResult(false) : AnswerAsync(context, status, "text/plain", "no");
        };

        var end = await RdProcess.RunAsync(folder, "-v", $"http://me:sec%40ret@{server.Url.Authority}/file.bin");

        Assert.Equal(status == 200 ? 0 : 6, end.ExitCode);
        Assert.Equal("Basic " + Convert.ToBase64String("me:sec@ret"u8), authorization);
        Assert.DoesNotContain("sec", end.Error.Replace("seconds", ""));
    }

    [Fact]
    public async Task What_a_server_says_cannot_command_the_terminal()
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([]);
        server.NamesDigests = true;
        server.OnMetadata = (context, _) => AnswerAsync(context, 200, "application/json",
            """{"ok":false,"msg":"\u001b[2Jgone\u0007\u202e\r\n","path":"","filepath":"","block_size":"","file_size":-1,"block_count":-1,"blocks":[]}""");

        var end = await RdProcess.RunAsync(folder, "-r", "1", $"{server.Url}");

        Assert.NotEqual(0, end.ExitCode);
        Assert.Contains("gone", end.Error);
        Assert.DoesNotContain(end.Error, character => (char.IsControl(character) && character != '\n') || character == '\u202e');
    }

    [Fact]
    public async Task Repetitions_are_told_with_v_only_and_have_a_time()
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([1, 2, 3]);
        var isBusy = 1;
        server.OnMetadata = (context, _) => Interlocked.Exchange(ref isBusy, 0) == 1 ? AnswerAsync(context, 503, "text/plain", "busy") : Task.FromResult(false);

        var quiet = await RdProcess.RunAsync(folder, $"{server.Url}");
        isBusy = 1;
        var verbose = await RdProcess.RunAsync(folder, "-v", $"{server.Url}");

        Assert.Equal((0, 0), (quiet.ExitCode, verbose.ExitCode));
        Assert.DoesNotContain("503", quiet.Error);
        Assert.Matches(@"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d file\.bin: .*503", verbose.Error);
    }

    private static async Task<bool> AnswerAsync(HttpContext context, int status, string type, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(body);
        return true;
    }
}
