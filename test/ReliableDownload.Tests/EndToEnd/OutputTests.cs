using System.Text.Json;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>Where a file goes, and what is said of it.</summary>
public sealed class OutputTests : IAsyncLifetime
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _folder = new();
    private RdApiProcess _server = null!;

    private string Url => $"{_server.BaseAddress}f.bin";

    public async ValueTask InitializeAsync()
    {
        SampleFile.Create(_root["f.bin"], 3_000_000);
        Directory.CreateDirectory(_root["sub"]);
        SampleFile.Create(_root["sub/index.html"], 1000);
        _server = await RdApiProcess.StartAsync(_root.Path);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task A_file_gets_the_name_and_place_that_the_user_chooses()
    {
        var end = await RdProcess.RunAsync(_folder, "-c", "-o", "out", "-O", "sub/other", Url);
        Assert.Equal(0, end.ExitCode);
        Assert.StartsWith("other: 2.9 MiB in ", end.Error);
        Assert.Equal(File.ReadAllBytes(_root["f.bin"]), File.ReadAllBytes(_folder["out/sub/other"]));
    }

    [Fact]
    public async Task A_folder_s_URL_needs_a_name()
    {
        var end = await RdProcess.RunAsync(_folder, $"{_server.BaseAddress}sub/");
        Assert.Equal(2, end.ExitCode);
        Assert.Equal($"rd: '{_server.BaseAddress}sub/' names no file, but a folder; choose a name with -O, or download the whole folder with -r. Try rd --help.\n", end.Error);
        Assert.Equal(0, (await RdProcess.RunAsync(_folder, "-O", "page", $"{_server.BaseAddress}sub/")).ExitCode);
        Assert.Equal(File.ReadAllBytes(_root["sub/index.html"]), File.ReadAllBytes(_folder["page"]));
    }

    [Fact]
    public async Task One_name_is_for_one_file()
    {
        var end = await RdProcess.RunAsync(_folder, "-O", "x", Url, $"{Url}2");
        Assert.Equal(2, end.ExitCode);
        Assert.StartsWith("rd: --output is for one file", end.Error);
    }

    [Fact]
    public async Task Quiet_says_nothing_but_errors()
    {
        Assert.Equal(new RdEnd(0, "", ""), await RdProcess.RunAsync(_folder, "-q", Url));
        var end = await RdProcess.RunAsync(_folder, "-q", $"{Url}2");
        Assert.Equal(8, end.ExitCode);
        Assert.StartsWith("rd: f.bin2: ", end.Error);
        Assert.Equal(2, (await RdProcess.RunAsync(_folder, "-q", "-v", Url)).ExitCode);
    }

    [Theory]
    [InlineData("always", true)]
    [InlineData("never", false)]
    [InlineData("auto", false)]
    public async Task Colors_are_the_user_s_choice(string color, bool isColored)
    {
        var end = await RdProcess.RunAsync(_folder, "--color", color, Url);
        Assert.Equal(isColored, end.Error.StartsWith("\e[32mf.bin: ", StringComparison.Ordinal));
        Assert.Equal(isColored, end.Error.Contains('\e', StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_report_for_programs_is_all_of_standard_output()
    {
        var end = await RdProcess.RunAsync(_folder, "--json", Url.Replace("//", "//me:secret@", StringComparison.Ordinal));
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        Assert.DoesNotContain("secret", end.Output);
        var lines = end.Output.TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line)).ToList();
        Assert.All(lines, line => Assert.Equal(_folder["f.bin"], line.GetProperty("target").GetString()));
        Assert.All(lines, line => Assert.EndsWith("/f.bin", line.GetProperty("url").GetString()));
        Assert.Equal("start", lines[0].GetProperty("event").GetString());
        Assert.All(lines[1..^1], line => Assert.Equal("progress", line.GetProperty("event").GetString()));
        Assert.All(lines[1..^1], line => Assert.InRange(line.GetProperty("bytes_done").GetInt64(), 0, 3_000_000));
        var last = lines[^1];
        Assert.Equal("end", last.GetProperty("event").GetString());
        Assert.Equal("complete", last.GetProperty("outcome").GetString());
        Assert.Equal(0, last.GetProperty("exit_code").GetInt32());
        Assert.Equal(3_000_000, last.GetProperty("size").GetInt64());
        Assert.Equal("sha-256", last.GetProperty("block_digests").GetString());
        Assert.Equal(JsonValueKind.Null, last.GetProperty("checksum").ValueKind);
    }

    [Fact]
    public async Task A_failure_is_in_the_report_and_at_standard_error()
    {
        var end = await RdProcess.RunAsync(_folder, "--json", $"{Url}2");
        Assert.Equal(8, end.ExitCode);
        Assert.StartsWith("rd: f.bin2: ", end.Error);
        var last = JsonElement.Parse(end.Output.TrimEnd('\n').Split('\n')[^1]);
        Assert.Equal("http", last.GetProperty("outcome").GetString());
        Assert.Equal(8, last.GetProperty("exit_code").GetInt32());
        Assert.Equal(end.Error, $"rd: f.bin2: {last.GetProperty("message").GetString()}\n");
    }
}
