using ReliableDownload.Api;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi;

/// <summary>Options in a file.</summary>
public sealed class ConfigFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_has_the_names_of_the_command_line_which_wins_and_so_does_the_environment()
    {
        Write("# a comment", "", "web-root = /file", "port=1", "--worker = 3", "hidden", "verbose = false", "mirror = https://one.example/", "mirror = https://two.example/", "cors=https://app.example");
        var options = Read(["--port", "2", "--cors", "*"], ("WORKER", "4"), ("PORT", "5"));
        Assert.Equal(("/file", 2, 4, true, false), (options.WebRoot, options.Port, options.Workers, options.ShowHidden, options.Verbose));
        Assert.Equal(["https://one.example/", "https://two.example/"], options.Mirrors);
        Assert.Equal(["*"], options.Origins);
    }

    [Fact]
    public void The_environment_can_name_it_and_its_values_may_contain_anything()
    {
        Write("header = X-Sum: a = b # c", "access-log = -", "cache = /a path/with = signs");
        var options = new CommandLine().Read([], name => name == "RD_API_CONFIG" ? _folder["conf"] : null)!;
        Assert.Equal(("X-Sum", "a = b # c"), (options.Headers[0].Name, options.Headers[0].Value));
        Assert.Equal(("-", "/a path/with = signs"), (options.AccessLog, options.CacheFile));
    }

    [Fact]
    public void What_is_named_nearer_takes_the_place_of_what_it_excludes()
    {
        Write("listen = 127.0.0.1:1", "port = 2", "web-root = /file");
        Assert.Equal([new ListenChoice.Tcp("127.0.0.1", 1)], Read([]).Listen);
        Assert.Empty(Read(["--port", "3"]).Listen);
        Assert.Equal([new ListenChoice.Tcp("::1", 4)], Read(["--listen", "[::1]:4"]).Listen);
        Assert.Equal(_folder.Path, Read([_folder.Path]).WebRoot);
    }

    [Theory]
    [InlineData("line 2: There is no option '--prot'; did you mean --port?", "", "prot = 1")]
    [InlineData("line 1: There is no option '--config'", "config = other")]
    [InlineData("line 1: port is 'x', but must be a number from 0 to 65535", "port = x")]
    [InlineData("line 3: mirror is 'y', but must be", "mirror = https://one.example", "", "mirror = y")]
    [InlineData("line 2: port is there a second time", "port = 1", "port = 2")]
    [InlineData("line 1: port needs a value", "port")]
    [InlineData("line 1: hidden is on or off: true or false, not 'maybe'", "hidden = maybe")]
    public void A_wrong_line_is_named(string problem, params string[] lines)
    {
        Write(lines);
        Assert.Contains($"{_folder["conf"]}, {problem}", Assert.Throws<UsageException>(() => Read([])).Message);
    }

    [Fact]
    public Task One_that_is_missing_is_2_and_one_sentence() => RdApiProcess.RefusesAsync(_folder["none"], "--config", _folder["none"], _folder.Path);

    [Fact]
    public async Task A_signal_has_it_read_again_and_what_cannot_change_is_told()
    {
        File.WriteAllText(_folder["file"], "content");
        Write("header = X-Version: 1", "mirror = https://one.example/", "drain = 5");
        await using var server = await RdApiProcess.StartAsync(_folder.Path, "--config", _folder["conf"]);
        Assert.Equal(("1", true, false), await AskAsync());

        Write("header = X-Version: 2", "mirror = https://two.example/", "cors = https://app.example", "drain = 6");
        server.Process.Send(Signal.HangUp);
        await server.Process.Error.WaitForAsync("a restart is needed for the change of --drain");
        Assert.Equal(("2", false, true), await AskAsync());

        Write("header = nonsense");
        server.Process.Send(Signal.HangUp);
        await server.Process.Error.WaitForAsync("conf, line 1: header is 'nonsense'");
        Assert.Equal(("2", false, true), await AskAsync());

        async Task<(string Version, bool IsFirstMirror, bool IsReadable)> AskAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "file") { Headers = { { "Origin", "https://app.example" } } };
            using var response = await server.Client.SendAsync(request);
            Assert.Equal("content", await response.Content.ReadAsStringAsync());
            var link = response.Headers.GetValues("Link").Single();
            Assert.Contains(".example/file>; rel=\"duplicate\"", link);
            return (response.Headers.GetValues("X-Version").Single(), link.Contains("one.example"), response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task Hashing_and_signing_take_their_part_of_it()
    {
        Directory.CreateDirectory(_folder["files"]);
        File.WriteAllText(_folder["files/file"], "content");
        File.WriteAllBytes(_folder["key"], new byte[32]);
        Write($"web-root = {_folder["files"]}", $"cache = {_folder["cache"]}", $"key-file = {_folder["key"]}", "path-prefix = /pub", "port = 1", "hidden = true");
        await using var hash = ProcessRunner.Start("rd-api", ["hash", "--config", _folder["conf"]]);
        Assert.Equal(0, await hash.WaitForExitAsync());
        Assert.True(File.Exists(_folder["cache"]));
        await using var link = ProcessRunner.Start("rd-api", ["link", "--config", _folder["conf"], "/pub/file"]);
        Assert.Equal(0, await link.WaitForExitAsync());
        Assert.StartsWith("/pub/file?expires=", link.Output.Text);
        Write("prot = 1");
        await RdApiProcess.RefusesAsync("line 1: There is no option '--prot'", "hash", "--config", _folder["conf"]);
    }

    private void Write(params string[] lines) => File.WriteAllLines(_folder["conf"], lines);

    private RdApiOptions Read(string[] arguments, params (string Name, string Value)[] environment) =>
        new CommandLine().Read(["--config", _folder["conf"], .. arguments], name => environment.FirstOrDefault(variable => variable.Name == name).Value)!;
}
