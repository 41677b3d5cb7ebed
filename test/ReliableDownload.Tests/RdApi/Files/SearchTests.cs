using System.Net;
using System.Text.Json;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>What is below a folder is found by a part of its name.</summary>
public sealed class SearchTests : IAsyncLifetime
{
    private const int ManyFolders = 20;
    private const int NamesInEach = 60;

    private readonly TempFolder _root = new();
    private RdApiProcess? _server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RdApiProcess Server => _server!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_root["a/deep/Ärger iso folder"]);
        Directory.CreateDirectory(_root["a/empty"]);
        foreach (var name in (string[])["top.iso", "a/Debian.ISO", "a/deep/x<b>.iso", "a/deep/readme", "a/.hidden.iso"])
            File.WriteAllText(_root[name], "12345");
        Directory.CreateSymbolicLink(_root["a/deep/loop"], ".");
        _server = await RdApiProcess.StartAsync(_root.Path);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _root.Dispose();
    }

    [Theory]
    [InlineData("?find=iso", "a/deep/Ärger iso folder/", "a/deep/x<b>.iso", "a/Debian.ISO", "top.iso")]
    [InlineData("a/deep/?q=ISO&sort=name&find=", "Ärger iso folder/", "x<b>.iso")]
    [InlineData("?find=%C3%A4RGER", "a/deep/Ärger iso folder/")]
    [InlineData("?find=nothing")]
    public async Task Names_that_contain_the_text_are_found_in_every_folder_below(string target, params string[] names)
    {
        var page = await Server.Client.BrowseAsync(target);
        Assert.Equal(names, FolderPage.NamesOf(page));
        Assert.Contains($"{names.Length} {(names.Length == 1 ? "name" : "names")} found.", page);
        Assert.DoesNotContain("<b>", page);
        Assert.Contains("<button name=\"find\">Search below</button>", page);

        using var json = JsonDocument.Parse(await Server.Client.GetStringAsync($"{target}&json", Cancellation));
        var entries = json.RootElement.GetProperty("entries").EnumerateArray().ToArray();
        Assert.Equal(names, entries.Select(entry => entry.GetProperty("name").GetString() + (entry.GetProperty("kind").GetString() == "folder" ? "/" : "")));
        Assert.True(json.RootElement.GetProperty("complete").GetBoolean());
        foreach (var entry in entries)
        {
            using var itself = await Server.Client.GetAsync(new Uri(new Uri(Server.BaseAddress, target), entry.GetProperty("url").GetString()), Cancellation);
            Assert.Equal(HttpStatusCode.OK, itself.StatusCode);
        }
    }

    [Fact]
    public async Task Nothing_is_found_that_the_visitor_may_not_have_and_a_link_s_signature_stays()
    {
        File.WriteAllBytes(_root["key"], new byte[32]);
        File.WriteAllText(_root["users"], $"somebody:sha256:{new string('a', 64)}\n/a/deep/** somebody\n/** *\n");
        await using var closed = await RdApiProcess.StartAsync(_root.Path, "--auth-file", _root["users"], "--key-file", _root["key"]);
        using var json = JsonDocument.Parse(await closed.Client.GetStringAsync("?find=iso&json", Cancellation));
        Assert.Equal(["Debian.ISO", "top.iso"], json.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!.Split('/')[^1]));

        await using var program = ProcessRunner.Start("rd-api", ["link", "--key-file", _root["key"], "/a/deep/"]);
        var query = (await program.EndAsync()).Output.Trim().Split('?')[1];
        var page = await closed.Client.GetStringAsync($"a/deep/?find=x&{query}", Cancellation);
        Assert.Contains($"<a href=\"x%3Cb%3E.iso?{query.Replace("&", "&amp;", StringComparison.Ordinal)}\">", page);
    }

    [Fact]
    public async Task A_search_is_bounded_and_shows_what_it_found_so_far()
    {
        for (var i = 0; i < ManyFolders; i++)
        {
            Directory.CreateDirectory(_root[$"many/{i}"]);
            for (var j = 0; j < NamesInEach; j++)
                File.OpenHandle(_root[$"many/{i}/{j}.data"], FileMode.CreateNew, FileAccess.Write).Dispose();
        }

        using var json = JsonDocument.Parse(await Server.Client.GetStringAsync("?find=.data&json", Cancellation));
        Assert.Equal(1000, json.RootElement.GetProperty("entries").GetArrayLength());
        Assert.False(json.RootElement.GetProperty("complete").GetBoolean());
        Assert.Contains("more than 1,000", json.RootElement.GetProperty("msg").GetString());
        Assert.Contains("There are more than 1,000; the others are not shown.", await Server.Client.BrowseAsync("?find=.data"));
    }

    [Fact]
    public async Task A_client_has_two_searches_at_a_time_which_end_when_it_leaves()
    {
        // So much is found that none of the searches ends before somebody reads it: 8 MB, more than a socket ever holds (4 MiB, tcp_wmem).
        var deep = Path.Combine([_root["long"], .. Enumerable.Repeat(new string('%', 240), 8)]);
        Directory.CreateDirectory(deep);
        for (var i = 0; i < 1000; i++)
            File.OpenHandle(Path.Combine(deep, $"{i:000}%"), FileMode.CreateNew, FileAccess.Write).Dispose();
        var strangers = new List<RawConnection>();
        for (var i = 0; i < 2; i++)
        {
            var stranger = await RawConnection.OpenAsync(Server.BaseAddress, receiveBuffer: 1024);
            strangers.Add(stranger);
            await stranger.SendAsync("GET /long/?find=%25 HTTP/1.1\r\nHost: x\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await stranger.ReadSomeAsync());
        }

        using (var third = await Server.Client.GetAsync("a/?find=iso", Cancellation))
            Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (third.StatusCode, third.Headers.RetryAfter is not null));
        await using (var other = await RawConnection.OpenAsync(Server.BaseAddress, from: "127.0.0.2"))
        {
            await other.SendAsync("GET /a/?find=iso HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await other.ReadToEndAsync());
        }

        foreach (var stranger in strangers)
            stranger.Reset();
        await Eventually.IsTrueAsync(
            async () => (await Server.Client.GetAsync("a/?find=iso", Cancellation)).StatusCode == HttpStatusCode.OK, "there is room for a search again");
    }

    [Fact]
    public async Task A_file_has_no_search_and_an_empty_text_finds_nothing()
    {
        using var file = await Server.Client.GetAsync("top.iso?find=x", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, file.StatusCode);
        Assert.Contains("Type a part of a name.", await Server.Client.BrowseAsync("?q=&find="));
        Assert.Contains("name=\"find\">Search below</button>", await Server.Client.BrowseAsync(""));
    }
}
