using ReliableDownload.Client.Trees;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>rd --recursive-plain from other people's servers, by their listings.</summary>
public sealed class PlainFolderTests : IDisposable
{
    private readonly TempFolder _served = new();
    private readonly TempFolder _folder = new();

    public PlainFolderTests()
    {
        foreach (var name in new[] { "data/a", "data/b c/ü&\"'%+#?.txt", "data/b c/<d>/e", "data/b c/x", "beside" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_served[name])!);
            File.WriteAllText(_served[name], name);
            // Servers whose validators are dates take no young one.
            File.SetLastWriteTimeUtc(_served[name], new DateTime(2026, 5, 1, 10, 0, 0, DateTimeKind.Utc));
        }

        Directory.CreateDirectory(_served["data/empty"]);
    }

    public void Dispose()
    {
        _served.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    [InlineData("python")]
    [InlineData("rd-api")]
    public async Task A_listing_s_links_are_followed_and_the_second_run_fetches_nothing(string kind)
    {
        await using var rdApi = kind == "rd-api" ? await RdApiProcess.StartAsync(_served.Path) : null;
        await using var server = kind switch
        {
            "nginx" => await WebServer.NginxAsync($"root {_served.Path}; autoindex on;"),
            "caddy" => await WebServer.CaddyAsync(_served.Path, "browse"),
            "python" => await WebServer.PythonAsync(_served.Path),
            _ => null,
        };
        await using var relay = server is null ? null : Relay.To(server.EndPoint, _ => RelayScript.Clean);
        var url = relay?.Through(new Uri("http://127.0.0.1/data/")) ?? new Uri(rdApi!.BaseAddress, "data/");

        var end = await RdProcess.RunAsync(_folder, "--recursive-plain", url.AbsoluteUri);

        Assert.Equal((kind == "rd-api" ? 0 : 13, ""), (end.ExitCode, string.Join('\n', end.Error.Split('\n').Where(line => line.StartsWith("rd:", StringComparison.Ordinal)))));
        Assert.Equal(_served.NamesBelow("data"), _folder.NamesBelow("data"));
        Assert.All(Directory.EnumerateFiles(_served["data"], "*", SearchOption.AllDirectories), file => Assert.Equal(File.ReadAllText(file), File.ReadAllText(file.Replace(_served.Path, _folder.Path))));

        var again = await RdProcess.RunAsync(_folder, "--recursive-plain", "--allow-unproven", url.AbsoluteUri);

        Assert.Equal(0, again.ExitCode);
        Assert.Contains("(4 kept)", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_no_rd_api_needs_the_option()
    {
        await using var server = await WebServer.PythonAsync(_served.Path);

        var end = await RdProcess.RunAsync(_folder, "-r", $"http://{server.EndPoint}/data/");

        Assert.Equal(8, end.ExitCode);
        Assert.Contains("--recursive-plain", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_to_a_name_that_nothing_may_have_here_is_told_and_the_others_come()
    {
        var name = new string('n', 256);
        await File.WriteAllTextAsync(_served["data/b c/index.html"], $"<a href='{name}'></a><a href='{name}'>again</a><a href='x'>", TestContext.Current.CancellationToken);
        await using var server = await WebServer.PythonAsync(_served.Path);

        var end = await RdProcess.RunAsync(_folder, "--recursive-plain", "--allow-unproven", $"http://{server.EndPoint}/data/");

        Assert.Equal(7, end.ExitCode);
        Assert.Contains($"'b%20c/{name}': the name has a part of more than 255 bytes, and is refused", Assert.Single(end.Error.Split('\n'), line => line.Contains("nnn", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["data/b c/x"]));
    }

    [Fact]
    public async Task A_page_in_the_place_of_a_listing_deletes_nothing_that_is_still_on_the_server()
    {
        await using var server = await WebServer.PythonAsync(_served.Path);
        var url = $"http://{server.EndPoint}/data/";
        await RdProcess.RunAsync(_folder, "--recursive-plain", url);
        await File.WriteAllTextAsync(_served["data/b c/index.html"], "<p>Welcome</p>", TestContext.Current.CancellationToken);
        File.Delete(_served["data/a"]);
        Directory.Delete(_served["data/empty"]);

        var plan = await RdProcess.RunAsync(_folder, "--recursive-plain", "--delete", "--dry-run", url);
        var end = await RdProcess.RunAsync(_folder, "--recursive-plain", "--delete", "--allow-unproven", url);

        Assert.Equal(["a", "empty"], plan.Error.Split('\n').Where(line => line.Contains("would delete", StringComparison.Ordinal)).Select(line => line.Split('\'')[1]));
        Assert.Equal(0, end.ExitCode);
        Assert.Contains("4 files and folders are not deleted", end.Error, StringComparison.Ordinal);
        Assert.Equal(_served.NamesBelow("data").Where(name => name != "b c/index.html"), _folder.NamesBelow("data"));
    }

    [Theory]
    [InlineData("""<a href="a">x</a><A HREF='b'>y</A><a class=l href=c>""", "a b c")]
    [InlineData("""<a title="a>b" href="d&amp;e"/><abbr href="no"><img href="no"><a>""", "d&e")]
    [InlineData("""<!-- <a href="no"> --><a data-href="no" href="f">""", "f")]
    [InlineData("""<a href="g" href="no"><a href=" h ">""", "g h")]
    [InlineData("""<a href="unclosed""", "unclosed")]
    [InlineData("<a href=", "")]
    [InlineData("<!-- <a href=no>", "")]
    [InlineData("<a", "")]
    public void The_links_of_a_page_are_those_of_its_anchors(string page, string links) =>
        Assert.Equal(links, string.Join(' ', HtmlLinks.In(page)));
}
