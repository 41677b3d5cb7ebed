using System.Net;
using System.Text;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class FolderTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    [Theory]
    [InlineData("a b", "/a%20b", "./a%20b/")]
    [InlineData("ü#?%", "/%C3%BC%23%3f%25?x=/y", "./%C3%BC%23%3F%25/?x=/y")]
    [InlineData("evil.example", "/evil.example", "./evil.example/")]
    [InlineData("evil.example", "//evil.example", "./evil.example/")]
    [InlineData("evil.example", "///.//evil.example", "./evil.example/")]
    [InlineData("evil.example", "/x/..//evil.example?//y", "./evil.example/?//y")]
    [InlineData("evil.example", "http://x//evil.example", "./evil.example/")]
    public async Task A_folder_without_its_slash_is_a_redirect(string name, string target, string location)
    {
        Directory.CreateDirectory(folder[name]);
        var response = await RawConnection.GetAsync(folder.Server.BaseAddress, target);
        Assert.StartsWith("HTTP/1.1 308 ", response);
        Assert.Contains($"\r\nLocation: {location}\r\n", response);
    }

    [Fact]
    public async Task A_redirect_never_names_another_host()
    {
        Directory.CreateDirectory(folder["evil.example"]);
        string[] targets =
        [
            "//evil.example", "///evil.example", "//evil.example/..", "/.//evil.example", "//x/..//evil.example", "/%2fevil.example",
            "/\\evil.example", "/%5cevil.example", "/%09/evil.example", "http://x//evil.example",
        ];
        foreach (var target in targets)
            Assert.DoesNotMatch(@"Location: (?!\./[a-z])", await RawConnection.GetAsync(folder.Server.BaseAddress, target));
    }

    [Fact]
    public async Task An_index_page_stands_for_its_folder()
    {
        Directory.CreateDirectory(folder["site"]);
        await File.WriteAllTextAsync(folder["site/index.html"], "home");
        var response = await folder.AskAsync("GET", "site/");
        Assert.Equal("home", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.NotNull(response.Headers.ETag);
    }

    [Fact]
    public async Task A_listing_has_folders_first_and_names_in_order()
    {
        foreach (var name in (string[])["order/z", "order/A", "order/b/inner"])
            Directory.CreateDirectory(folder[name]);
        foreach (var name in (string[])["order/c", "order/Ä", "order/B2", "order/.hidden"])
            await File.WriteAllTextAsync(folder[name], "12345");
        var page = await folder.Server.Client.GetStringAsync("order/");
        Assert.Equal(["A/", "b/", "z/", "B2", "c", "%C3%84"], FolderPage.LinksOf(page));
        Assert.Contains("title=\"5 bytes\">5 B<", page);
        Assert.DoesNotContain("../", await folder.Server.Client.GetStringAsync(""));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task A_listing_runs_and_loads_nothing_but_the_server_s_own(string method)
    {
        var response = await folder.AskAsync(method, "");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; ", policy);
        Assert.All(policy.Split("; ").SelectMany(directive => directive.Split(' ')[1..]), source => Assert.Contains(source, (string[])["'none'", "'self'"]));
        var page = await response.Content.ReadAsStringAsync();
        Assert.Equal(method == "HEAD", page.Length == 0);
        Assert.DoesNotMatch("(?i)(src|href|action|content)=\"?([a-z]+:|//)", page);
        Assert.DoesNotMatch("(?i)<script(?! [^>]*src=\"[^\"]+\"[^>]*></script>)|<[^>]* on[a-z]+=|<(iframe|object|embed|base)", page);
    }

    [Fact]
    public async Task Every_link_of_a_listing_leads_to_its_file_whatever_its_name()
    {
        Directory.CreateDirectory(folder["names"]);
        string[] names =
        [
            "a b", "#1", "what?", "100%", "%41", "<script>alert(1)", "\"quoted\"", "it's", "a&amp;b", "javascript:x",
            "日本語", "e\u0301", "\u202Egnp.exe", "😀", "+;=,@!", "new\nline", "tab\t", " ", "~",
        ];
        foreach (var name in names)
            await File.WriteAllTextAsync(folder["names/" + name], name);
        using var raw = new RawFile(folder["names"], [0xff, 0xfe, (byte)'x'], "no UTF-8");

        var page = await folder.Server.Client.GetStringAsync("names/");
        Assert.DoesNotContain("<script>", page);
        Assert.DoesNotContain("\"javascript:", page);
        var contents = new List<string>();
        foreach (var link in FolderPage.LinksOf(page))
        {
            var response = await RawConnection.GetAsync(folder.Server.BaseAddress, "/names/" + link);
            contents.Add(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(response.Split("\r\n\r\n", 2)[1])));
        }

        Assert.Equal(names.Append("no UTF-8").Order(StringComparer.Ordinal), contents.Order(StringComparer.Ordinal));
    }
}
