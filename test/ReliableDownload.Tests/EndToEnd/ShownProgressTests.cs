using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

public sealed partial class ShownProgressTests
{
    private const int Columns = 70;

    [Fact]
    public async Task Without_a_terminal_there_is_a_line_in_each_interval_and_no_control_character()
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: 1);
        await using var rd = RdProcess.Start(folder, "-i", "0.1", $"{server.Url}");
        var line = await rd.Error.WaitForAsync(line => line.Contains(" left, ", StringComparison.Ordinal));
        server.Release();
        var end = await rd.EndAsync();

        Assert.Matches(@"^file\.bin: \d+ %, [\d.]+ [KM]?i?B of 2\.6 MiB, [\d.]+ [KM]?i?B/s, .+ left, \d+ connections?, 0 retries$", line);
        Assert.Equal((0, ""), (end.ExitCode, end.Output));
        Assert.DoesNotContain(end.Error, character => char.IsControl(character) && character != '\n');
        Assert.Equal($"file.bin: 2.6 MiB in T, S/s, proven by SHA-256: {folder["file.bin"]}", TimeAndSpeed().Replace(rd.Error.Lines[^1], " in T, S/s,"));
    }

    [Fact]
    public async Task On_a_terminal_one_live_line_fits_the_width_and_goes_away_at_the_end()
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: 1);
        await using var rd = StartOnTerminal(folder, "xterm", server.Url);
        await rd.Output.WaitForAsync(" left");
        server.Release();
        var end = await rd.EndAsync();

        Assert.Equal(0, end.ExitCode);
        var frames = rd.Output.Lines.Where(line => line.Contains("\e[?7l", StringComparison.Ordinal)).Select(line => Escapes().Replace(line, "")).ToList();
        Assert.NotEmpty(frames);
        Assert.All(frames, frame => Assert.InRange(frame.Length, 1, Columns - 1));
        Assert.StartsWith("\e[K\e[32mfile.bin: 2.6 MiB in ", rd.Output.Lines.Last(line => line.Contains("proven", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("1", false)]
    [InlineData("", true)]
    public async Task NO_COLOR_takes_the_colors_away_unless_it_is_empty(string value, bool hasColors)
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: int.MaxValue);
        await using var rd = StartOnTerminal(folder, "xterm", server.Url, ("NO_COLOR", value));
        var end = await rd.EndAsync();

        Assert.Equal(0, end.ExitCode);
        Assert.Equal(hasColors, end.Output.Contains("\e[32m", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dumb_terminal_gets_lines()
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: 1);
        await using var rd = StartOnTerminal(folder, "dumb", server.Url);
        await rd.Output.WaitForAsync(" left, ");
        server.Release();
        var end = await rd.EndAsync();

        Assert.Equal(0, end.ExitCode);
        Assert.DoesNotContain("\e[K", end.Output);
    }

    [Fact]
    public async Task A_log_on_a_full_disk_does_not_stop_a_download()
    {
        using var folder = new TempFolder();
        await using var server = await HoldingServer.StartAsync(answered: int.MaxValue);
        await using var rd = ProcessRunner.Start("/bin/sh", ["-c", $"'{Rd}' -v {server.Url} 2>/dev/full"], folder.Path);

        Assert.Equal(0, await rd.WaitForExitAsync());
        Assert.Equal(server.Content, await File.ReadAllBytesAsync(folder["file.bin"], TestContext.Current.CancellationToken));
    }

    private static string Rd => ProcessRunner.PathOf("rd");

    private static ProcessRunner StartOnTerminal(TempFolder folder, string terminal, Uri url, params (string Name, string Value)[] environment) => ProcessRunner.Start(
        "/usr/bin/script", ["-qec", $"stty cols {Columns} rows 20; '{Rd}' -i 0.1 {url}", "/dev/null"], folder.Path, [("TERM", terminal), .. environment]);

    [GeneratedRegex(" in [^,]+, [^,]+/s,", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex TimeAndSpeed();

    [GeneratedRegex(@"\e\[[?0-9]*[a-zA-Z=]|\e=", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Escapes();
}
