using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hosting;

public sealed class LogTests
{
    [Fact]
    public async Task Verbose_logs_a_line_for_each_request()
    {
        using var temp = new TempFolder();
        await File.WriteAllTextAsync(temp["a b"], "content");
        await using var server = await RdApiProcess.StartAsync(temp.Path, "--verbose");
        using var request = new HttpRequestMessage(HttpMethod.Get, "a%20b");
        request.Headers.Add("Range", "bytes=1-2");
        await server.Client.SendAsync(request);
        Assert.Matches(
            @"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d debug 127\.0\.0\.1:\d+ GET /a%20b 206 2 bytes \d+ ms bytes=1-2$",
            await server.Process.Error.WaitForAsync("GET /"));
    }

    [Fact]
    public async Task Without_verbose_only_start_and_stop_are_told()
    {
        using var temp = new TempFolder();
        await using var server = await RdApiProcess.StartAsync(temp.Path);
        await server.Client.GetAsync("nothing");
        server.Process.Send(Signal.Terminate);
        await server.Process.WaitForExitAsync();
        Assert.Collection(
            server.Process.Error.Lines,
            line => Assert.Contains($" info  serving {temp.Path} at {server.BaseAddress}, digest cache ", line),
            line => Assert.Contains(" info  stopping", line));
    }

    [Fact]
    public async Task A_client_that_goes_away_is_no_news()
    {
        using var temp = new TempFolder();
        using (var file = File.OpenHandle(temp["large"], FileMode.CreateNew, FileAccess.Write))
            RandomAccess.SetLength(file, 64 << 20);
        await using var server = await RdApiProcess.StartAsync(temp.Path, "--verbose");
        (await RawConnection.OpenAsync(server.BaseAddress)).Reset();
        var connection = await RawConnection.OpenAsync(server.BaseAddress, receiveBuffer: 1 << 16);
        await connection.SendAsync("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        await connection.ReadAsync(1);
        connection.Reset();
        await server.Process.Error.WaitForAsync("GET /large 200 unfinished ");
        server.Process.Send(Signal.Terminate);
        await server.Process.WaitForExitAsync();
        Assert.DoesNotMatch(" (warn|error) ", server.Process.Error.Text);
    }

    [Fact]
    public void A_name_cannot_forge_a_line_or_steer_the_terminal()
    {
        using var output = new StringWriter();
        var entry = new LogEntry<string>(
            LogLevel.Warning, "", default, "a\r\nb\u001b[2J\u009b\u202etxt.exe", new IOException("c\nd"), (state, _) => state);
        new LogFormatter(TimeProvider.System).Write(entry, null, output);
        Assert.EndsWith(@" warn  a\u000d\u000ab\u001b[2J\u009b\u202etxt.exe: c\u000ad" + "\n", output.ToString());
    }

    [Fact]
    public async Task A_root_that_is_gone_is_a_warning_and_503()
    {
        using var temp = new TempFolder();
        Directory.CreateDirectory(temp["root"]);
        await using var server = await RdApiProcess.StartAsync(temp["root"]);
        Directory.Delete(temp["root"]);
        var response = await server.Client.GetAsync("file");
        Assert.Equal(503, (int)response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Contains(" warn  /file cannot be read: ", await server.Process.Error.WaitForAsync("cannot be read"));
    }
}
