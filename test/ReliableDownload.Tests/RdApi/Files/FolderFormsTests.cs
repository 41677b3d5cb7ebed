using System.Net;
using System.Text.Json;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>Folders for programs, and what a page says besides the list.</summary>
public sealed class FolderFormsTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    [Theory]
    [InlineData("?json", "Accept: */*")]
    [InlineData("", "Accept: application/json")]
    public async Task A_folder_is_JSON_for_programs(string query, string accept)
    {
        Directory.CreateDirectory(folder["json/ü"]);
        await File.WriteAllTextAsync(folder["json/a\nb"], "12345", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(folder["json/a\nb"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        using var raw = new RawFile(folder["json"], [0xff, (byte)'x'], "no UTF-8");
        using var answer = await folder.AskAsync("GET", "json/" + query, accept);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("json", 3, 1), (json.RootElement.GetProperty("path").GetString(), json.RootElement.GetProperty("total").GetInt32(), json.RootElement.GetProperty("pages").GetInt32()));
        var entries = json.RootElement.GetProperty("entries").EnumerateArray().ToArray();
        Assert.Equal(["ü", "a\nb", "\uFFFDx"], entries.Select(entry => entry.GetProperty("name").GetString()));
        Assert.Equal(["%C3%BC/", "a%0Ab", "%FFx"], entries.Select(entry => entry.GetProperty("url").GetString()));
        Assert.Equal(["folder", "file", "file"], entries.Select(entry => entry.GetProperty("kind").GetString()));
        var file = entries[1];
        using var itself = await folder.AskAsync("HEAD", "json/a%0Ab");
        Assert.Equal(5, file.GetProperty("size").GetInt64());
        Assert.Equal("2001-02-03T04:05:06Z", file.GetProperty("modified").GetString());
        Assert.Equal(itself.Headers.ETag!.Tag, $"\"{file.GetProperty("version").GetString()}\"");
        Assert.Equal(JsonValueKind.Null, file.GetProperty("sha256").ValueKind);
        Assert.Equal(0, file.GetProperty("hashed").GetDouble());
        Assert.Equal(5 + "no UTF-8".Length, json.RootElement.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task A_sorted_folder_is_JSON_in_pages_and_a_folder_with_an_index_page_is_JSON_all_the_same()
    {
        Directory.CreateDirectory(folder["sized"]);
        foreach (var (name, size) in new[] { ("index.html", 2), ("b", 9), ("c", 5) })
            await File.WriteAllBytesAsync(folder["sized/" + name], new byte[size], TestContext.Current.CancellationToken);
        var text = await folder.Server.Client.GetStringAsync("sized?json&sort=size&order=desc");
        using var json = JsonDocument.Parse(text);
        Assert.Equal(["b", "c", "index.html"], json.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_page_says_how_large_all_its_files_are()
    {
        Directory.CreateDirectory(folder["total/sub"]);
        await File.WriteAllBytesAsync(folder["total/a"], new byte[1000], TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(folder["total/b"], new byte[560], TestContext.Current.CancellationToken);
        Assert.Matches("<tfoot><tr><th scope=\"row\">Total</th>.*<td class=\"n\" title=\"1,560 bytes\">1.5 KiB</td>", await folder.Server.Client.BrowseAsync("total/"));
    }

    [Fact]
    public async Task A_folder_is_a_name_a_line()
    {
        Directory.CreateDirectory(folder["simple/ü b"]);
        await File.WriteAllTextAsync(folder["simple/two\nlines 100%"], "", TestContext.Current.CancellationToken);
        Assert.Equal("ü b/\ntwo%0Alines 100%25\n", await folder.Server.Client.GetStringAsync("simple/?simple"));
        using var none = await folder.AskAsync("GET", "simple/two%0Alines%20100%25?simple");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task The_details_of_a_file_say_what_to_type_even_if_its_name_is_strange()
    {
        Directory.CreateDirectory(folder["details"]);
        await File.WriteAllTextAsync(folder["details/it's <b>"], "12345", TestContext.Current.CancellationToken);
        var page = await folder.Server.Client.GetStringAsync("details/it%27s%20%3Cb%3E?details");
        var url = $"{folder.Server.BaseAddress}details/it%27s%20%3Cb%3E";
        Assert.Contains($">rd {url}<", page);
        Assert.Contains($">curl -C - -o &#x27;it&#x27;\\&#x27;&#x27;s &lt;b&gt;&#x27; {url}<", page);
        Assert.Contains("5 B (5 bytes)", page);
        Assert.Contains("<svg class=\"qr\"", page);
        Assert.DoesNotContain("<b>", page);
        using var none = await folder.AskAsync("GET", "details/nothing?details");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task What_to_type_never_repeats_a_host_that_a_shell_would_run()
    {
        var name = folder.CreateFile("x");
        var answer = await RawConnection.GetAsync(folder.Server.BaseAddress, $"/{name}?details");
        Assert.Contains("<pre", answer);
        using var evil = await folder.AskAsync("GET", $"{name}?details", "Host: a$(reboot)");
        Assert.DoesNotContain("reboot", await evil.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_README_is_shown_below_the_list_and_cannot_run_or_load_anything_from_elsewhere()
    {
        Directory.CreateDirectory(folder["readme"]);
        string[] lines =
        [
            "# Title", "", "*Some* text, <script>alert(1)</script> <img src=x onerror=alert(1)>", "",
            "[good](https://example.org/x) [near](sub/a.iso#b) [mail](mailto:a@example.org) https://example.net/auto",
            "[bad1](javascript:alert(1)) [bad2](JaVaScRiPt:alert(1)) [bad3](data:text/html,x) [bad4](&#106;avascript:alert(1)) [bad5](java&Tab;script:alert(1)) <javascript:alert(2)> [bad6](vbscript:x)",
            "", "![here](pic.png) ![there](https://tracker.example/pic.png) ![there2](//tracker.example/pic2.png)", "", "| a | b |", "|---|---|", "| 1 | 2 |",
        ];
        await File.WriteAllLinesAsync(folder["readme/README.md"], lines, TestContext.Current.CancellationToken);
        var page = await folder.Server.Client.BrowseAsync("readme/");
        foreach (var part in (string[])["<h1>Title</h1>", "<em>Some</em>", "href=\"https://example.org/x\"", "href=\"sub/a.iso#b\"", "href=\"mailto:a@example.org\"", "href=\"https://example.net/auto\"", "<img src=\"pic.png\"", "<td>1</td>"])
            Assert.Contains(part, page);
        Assert.DoesNotMatch("(?i)(href|src)=\"[^\"]*script:", page);
        Assert.DoesNotMatch("(?i)(href|src)=\"(data|vbscript):", page);
        Assert.DoesNotMatch("src=\"(https:)?//", page);
        Assert.DoesNotContain("<script>", page);
        Assert.DoesNotContain("<img src=x", page);
    }

    [Fact]
    public async Task A_README_in_plain_text_is_shown_as_it_is_and_a_huge_one_is_not()
    {
        Directory.CreateDirectory(folder["text"]);
        Directory.CreateDirectory(folder["huge"]);
        await File.WriteAllTextAsync(folder["text/README.txt"], "*as* <b>it</b> is", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["huge/README.md"], new string('[', 200_000), TestContext.Current.CancellationToken);
        Assert.Contains("<pre>*as* &lt;b&gt;it&lt;/b&gt; is</pre>", await folder.Server.Client.BrowseAsync("text/"));
        Assert.DoesNotContain("[[[[", await folder.Server.Client.BrowseAsync("huge/"));
    }
}
