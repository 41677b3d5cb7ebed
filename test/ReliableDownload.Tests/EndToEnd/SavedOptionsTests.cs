using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>Options from the environment and from the file in the user's home.</summary>
public sealed class SavedOptionsTests : IAsyncLifetime
{
    private readonly TempFolder _root = new();
    private readonly TempFolder _folder = new();
    private RdApiProcess _server = null!;

    private string Url => $"{_server.BaseAddress}f";

    public async ValueTask InitializeAsync()
    {
        SampleFile.Create(_root["f"], 1000);
        _server = await RdApiProcess.StartAsync(_root.Path);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
        _root.Dispose();
    }

    [Fact]
    public async Task The_command_line_goes_before_the_environment_and_that_before_the_file()
    {
        Save("# mine", "", "output-dir = by-file", "quiet");
        Assert.Equal(new RdEnd(0, "", ""), await RunAsync("true", Url));
        Assert.True(File.Exists(_folder["by-file/f"]));
        Assert.Equal(0, (await RunAsync("export RD_OUTPUT_DIR=by-environment RD_QUIET=no", Url)).ExitCode);
        Assert.True(File.Exists(_folder["by-environment/f"]));
        Assert.Equal(0, (await RunAsync("export RD_OUTPUT_DIR=by-environment", "-o", "by-argument", Url)).ExitCode);
        Assert.True(File.Exists(_folder["by-argument/f"]));
    }

    [Theory]
    [InlineData("config, line 2: There is no option '--output-dri'; did you mean --output-dir? ", "", "output-dri = x")]
    [InlineData("config, line 1: --worker takes auto or a whole number", "worker = many")]
    [InlineData("config, line 2: --worker is there a second time.", "worker = 1", "worker = 2")]
    [InlineData("config, line 1: --worker takes auto or a whole number", "worker")]
    [InlineData("config, line 1: --quiet is on or off: true or false, not 'very'.", "quiet = very")]
    public async Task An_error_in_the_file_names_its_line(string told, params string[] lines)
    {
        Save(lines);
        var end = await RunAsync("true", Url);
        Assert.Equal(2, end.ExitCode);
        Assert.StartsWith($"rd: {_folder[".config/rd"]}/{told}", end.Error);
    }

    [Fact]
    public async Task Saved_options_that_exclude_others_are_named_with_their_places()
    {
        Save("", "quiet");
        var end = await RunAsync("export RD_INSECURE=1", "-v", "--cacert", "x", Url);
        var other = await RunAsync("true", "-v", Url);

        Assert.Equal((2, 2), (end.ExitCode, other.ExitCode));
        Assert.Contains("--cacert and --insecure exclude each other. --insecure is saved: environment variable RD_INSECURE. ", end.Error);
        Assert.Contains($"--quiet and --verbose exclude each other. --quiet is saved: {_folder[".config/rd"]}/config, line 2. ", other.Error);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_3()
    {
        Directory.CreateDirectory(_folder[".config/rd/config"]);
        var end = await RunAsync("true", Url);
        Assert.Equal((3, $"rd: '{_folder[".config/rd"]}/config' is a folder where rd looks for saved options; move it away\n"), (end.ExitCode, end.Error));
    }

    [Fact]
    public async Task Verifying_takes_those_that_it_has()
    {
        Save("output-dir = x", "quiet", "worker = 2");
        SampleFile.Create(_folder["f"], 1000);

        Assert.Equal(new RdEnd(0, "", ""), await RunAsync("true", "verify", "--from", Url, "f"));
        Save("cacert = none.pem");
        Assert.Contains("none.pem", (await RunAsync("true", "verify", "--from", Url, "f")).Error);
    }

    [Fact]
    public async Task An_empty_value_takes_nothing_of_the_next_argument()
    {
        Save("proxy =", "header = A: 1", "header = B: 2");
        Assert.Equal(0, (await RunAsync("export http_proxy=http://127.0.0.1:1", Url)).ExitCode);
        Assert.Equal(0, (await RunAsync("export http_proxy=http://127.0.0.1:1", "-f", "--proxy=", Url)).ExitCode);
    }

    [Fact]
    public async Task An_error_in_the_environment_names_its_variable()
    {
        var end = await RunAsync("export RD_RETRY_TIME=soon", Url);
        Assert.Equal(2, end.ExitCode);
        Assert.StartsWith("rd: environment variable RD_RETRY_TIME: --retry-time takes a whole number", end.Error);
    }

    private void Save(params string[] lines)
    {
        Directory.CreateDirectory(_folder[".config/rd"]);
        File.WriteAllLines(_folder[".config/rd/config"], lines);
    }

    private async Task<RdEnd> RunAsync(string first, params string[] arguments)
    {
        await using var rd = RdProcess.StartInShell(_folder, $"unset XDG_CONFIG_HOME; export HOME='{_folder.Path}'; {first}; exec \"$0\" \"$@\"", arguments);
        return await RdProcess.EndAsync(rd);
    }
}
