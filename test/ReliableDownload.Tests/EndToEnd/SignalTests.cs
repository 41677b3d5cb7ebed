using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The real rd against a server that answers some requests and lets the others wait.</summary>
public sealed partial class SignalTests
{
    [Theory]
    [InlineData(Signal.HangUp, 129)]
    [InlineData(Signal.Interrupt, 130)]
    [InlineData(Signal.Terminate, 143)]
    public async Task A_signal_ends_it_with_the_code_of_shells(Signal signal, int exitCode)
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: 3);
        await using var rd = RdProcess.Start(folder, "-i", "0.1", $"{server.Url}");
        await rd.Error.WaitForAsync(line => SomePercent().IsMatch(line));

        rd.Send(signal);

        Assert.Equal(exitCode, await rd.WaitForExitAsync());
        Assert.False(File.Exists(folder["file.bin"]));
    }

    [Fact]
    public async Task A_second_signal_right_behind_the_first_as_from_timeout_does_not_keep_it_from_a_last_word()
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: 3);
        await using var rd = RdProcess.Start(folder, "-i", "0.1", $"{server.Url}");
        await rd.Error.WaitForAsync(line => SomePercent().IsMatch(line));

        rd.Send(Signal.Interrupt);
        // Another one: of two alike that wait the kernel delivers one.
        rd.TrySend(Signal.Terminate);

        // Which of them is the first is the runtime's affair.
        Assert.Contains(await rd.WaitForExitAsync(), (int[])[130, 143]);
        Assert.Contains("run this in the same folder: ", rd.Error.Lines[^1]);
    }

    [Fact]
    public async Task The_command_that_it_tells_continues_the_download()
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: 3);
        await using var rd = RdProcess.Start(folder, "-i", "0.1", "-d", "it's here", $"{server.Url}?a=b&c=d");
        await rd.Error.WaitForAsync(line => SomePercent().IsMatch(line));
        rd.Send(Signal.Interrupt);
        Assert.Equal(130, await rd.WaitForExitAsync());

        server.Release();
        var command = rd.Error.Lines[^1].Split(": ", 3)[2];
        Assert.StartsWith("rd -i 0.1 -d ", command);
        await using var shell = ProcessRunner.Start(
            "/bin/sh", ["-c", command], folder.Path, ("PATH", $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}"));
        var end = await shell.EndAsync();

        Assert.Equal(0, end.ExitCode);
        Assert.Contains("from before", end.Error);
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(folder["file.bin"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_next_URLs_are_not_begun_after_a_signal()
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: 3);
        await using var rd = RdProcess.Start(folder, "-i", "0.1", $"{server.Url}", $"{new Uri(server.Url, "second.bin")}");
        await rd.Error.WaitForAsync(line => SomePercent().IsMatch(line));

        rd.Send(Signal.Interrupt);

        Assert.Equal(130, await rd.WaitForExitAsync());
        Assert.DoesNotContain(rd.Error.Lines, line => line.StartsWith("second.bin", StringComparison.Ordinal));
        Assert.Contains("0 of 2 files complete, 0 B", rd.Error.Lines);
    }

    [Fact]
    public async Task Verifying_ends_without_a_word_on_each_file_that_is_left()
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([]);
        server.Beside["/SHA256SUMS"] = ScriptedServer.HoldAsync;
        foreach (var name in (string[])["a", "b"])
            await File.WriteAllTextAsync(folder[name], "", TestContext.Current.CancellationToken);
        await using var rd = RdProcess.Start(folder, "verify", "--from", $"{new Uri(server.Url, "/SHA256SUMS")}", "a", "b");
        await Eventually.IsTrueAsync(() => !server.AskedBeside.IsEmpty, "the server is asked");

        rd.Send(Signal.Interrupt);

        Assert.Equal(130, await rd.WaitForExitAsync());
        Assert.Empty(rd.Error.Lines);
    }

    [Fact]
    public async Task Two_rd_at_one_download_exclude_each_other()
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: 3);
        await using var first = RdProcess.Start(folder, "-i", "0.1", $"{server.Url}");
        await first.Error.WaitForAsync(line => SomePercent().IsMatch(line));

        var second = await RdProcess.RunAsync(folder, $"{server.Url}");
        server.Release();

        Assert.Equal(1, second.ExitCode);
        Assert.Contains("another rd", second.Error);
        Assert.Equal(0, await first.WaitForExitAsync());
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(folder["file.bin"], TestContext.Current.CancellationToken));
    }

    [GeneratedRegex(": [1-9][0-9]* %", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex SomePercent();
}
