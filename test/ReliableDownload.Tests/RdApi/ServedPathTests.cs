using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi;

/// <summary>What is served where it is named without an option, or not at all.</summary>
public sealed class ServedPathTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ServedPathTests()
    {
        Directory.CreateDirectory(_folder["files"]);
        File.WriteAllText(_folder["files/one"], "first");
        File.WriteAllText(_folder["files/two"], "second");
        File.WriteAllText(_folder["files/.hidden"], "third");
        File.WriteAllText(_folder["outside"], "fourth");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_folder_needs_no_option()
    {
        await using var server = await StartAsync(_folder["files"]);
        Assert.Equal("second", await server.Client.GetStringAsync("two"));
    }

    [Fact]
    public async Task A_folder_may_be_called_like_the_program()
    {
        Directory.CreateDirectory(_folder["files/rd-api"]);
        await using var program = ProcessRunner.Start("rd-api", ["rd-api", "--host", "127.0.0.1", "--port", "0", "--cache", _folder["cache"]], _folder["files"]);
        Assert.Contains($"serving {_folder["files/rd-api"]} at ", await program.Error.WaitForAsync("serving "));
    }

    [Theory]
    [InlineData("files/one", "one", "first")]
    [InlineData("files/.hidden", ".hidden", "third")]
    public async Task A_single_file_is_served_alone_with_its_digests(string file, string name, string content)
    {
        await using var server = await StartAsync(_folder[file]);
        Assert.Contains($"serving {_folder[file]} at ", server.Process.Error.Text);
        Assert.Equal(content, await server.Client.GetStringAsync(name));
        Assert.Contains("\"ok\":true", await server.Client.GetStringAsync($"rd/{name}?digest=sha-256"));
        Assert.Equal($"{name}\n", await server.Client.GetStringAsync("?simple"));
        foreach (var other in (string[])["two", "rd/two", "two?details", "two?meta4", "two?sha256", "files/", "../outside"])
            Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync(other)).StatusCode);
        foreach (var all in (string[])["", "?json", "?meta4", "?tar", "SHA256SUMS"])
            Assert.DoesNotContain("two", await server.Client.GetStringAsync(all));
        Assert.DoesNotContain("two", await AskForAllAsync(server, HttpMethod.Get));
        Assert.Contains("\"gone\"", await AskForAllAsync(server, HttpMethod.Post, Batch.Of("two")));
    }

    [Fact]
    public async Task Rd_downloads_and_proves_a_single_file()
    {
        await using var server = await StartAsync(_folder["files/one"]);
        var end = await RdProcess.RunAsync(_folder, $"{server.BaseAddress}one");
        Assert.Equal(0, end.ExitCode);
        Assert.Equal("first", File.ReadAllText(_folder["one"]));
    }

    [Fact]
    public async Task A_single_file_may_be_replaced_by_another_of_its_name()
    {
        await using var server = await StartAsync(_folder["files/one"]);
        File.WriteAllText(_folder["files/next"], "replaced");
        File.Move(_folder["files/next"], _folder["files/one"], overwrite: true);
        Assert.Equal("replaced", await server.Client.GetStringAsync("one"));
    }

    [Fact]
    public async Task A_link_to_a_file_elsewhere_is_the_file_it_leads_to()
    {
        File.CreateSymbolicLink(_folder["files/link"], _folder["outside"]);
        await using var server = await StartAsync(_folder["files/link"]);
        Assert.Equal("fourth", await server.Client.GetStringAsync("outside"));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("link")).StatusCode);
    }

    [Theory]
    [InlineData("neither a folder nor a file", "nothing")]
    [InlineData("only one folder or file", "files", "outside")]
    [InlineData("named twice", "files", "--web-root", ".")]
    [InlineData("an empty name", "")]
    [InlineData("did you mean --web-root?", "--webroot")]
    [InlineData("did you mean --port?", "files", "--prot", "1")]
    public async Task What_cannot_be_served_is_2_and_one_sentence(string part, params string[] arguments)
    {
        await using var program = ProcessRunner.Start("rd-api", arguments, _folder.Path);
        await program.FailsAsync(2, part);
    }

    [Theory]
    [InlineData]
    [InlineData("--port", "0")]
    public async Task A_service_that_nobody_told_what_to_serve_does_not_serve_the_whole_machine(params string[] arguments)
    {
        await using var program = ProcessRunner.Start("rd-api", [.. arguments, "--cache", _folder["cache"]], "/");
        await program.FailsAsync(2, "nobody has said which folder to serve");
    }

    [Fact]
    public async Task A_service_in_the_root_serves_the_folder_of_the_environment()
    {
        await using var program = ProcessRunner.Start(
            "rd-api", ["-h", "127.0.0.1", "-p", "0", "--cache", _folder["cache"]], "/", ("WEB_ROOT", _folder["files"]));
        Assert.Contains(_folder["files"], await program.Error.WaitForAsync("serving "));
    }

    /// <summary>What a client for whole folders asks for.</summary>
    private static async Task<string> AskForAllAsync(RdApiProcess server, HttpMethod method, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(method, "rd/") { Headers = { { "Accept", "application/x-ndjson" } }, Content = body };
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    // Its last --web-root would be a second name for what is served.
    private static Task<RdApiProcess> StartAsync(string path) => RdApiProcess.StartAsync(root: null, path);
}
