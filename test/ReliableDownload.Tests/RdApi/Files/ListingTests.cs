using System.Globalization;
using System.Text.RegularExpressions;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>What a browser is shown of a folder, as it comes over the wire.</summary>
public sealed class ListingTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    [Fact]
    public async Task Numbers_in_names_count_by_their_value()
    {
        await MakeAsync("natural", "file10", "File2", "file1", "file02", "file", "1.9", "1.10", "file2b");
        Assert.Equal(["1.9", "1.10", "file", "file1", "File2", "file02", "file2b", "file10"], FolderPage.LinksOf(await folder.Server.Client.BrowseAsync("natural/")));
    }

    [Theory]
    [InlineData("", "d1/ d2/ a b c")]
    [InlineData("?sort=name&order=desc", "d2/ d1/ c b a")]
    [InlineData("?sort=size", "d1/ d2/ c a b")]
    [InlineData("?sort=size&order=desc", "d1/ d2/ b a c")]
    [InlineData("?sort=time&order=asc", "d2/ d1/ b c a")]
    [InlineData("?sort=time&order=desc", "d1/ d2/ a c b")]
    [InlineData("?sort=nonsense&order=x&page=y", "d1/ d2/ a b c")]
    public async Task Rows_are_sorted_as_asked_for_and_folders_come_first(string query, string names)
    {
        Directory.CreateDirectory(folder["sorted/d1"]);
        Directory.CreateDirectory(folder["sorted/d2"]);
        foreach (var (name, size, day) in new[] { ("a", 20, 3), ("b", 300, 1), ("c", 1, 2) })
        {
            await File.WriteAllBytesAsync(folder["sorted/" + name], new byte[size], TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(folder["sorted/" + name], new DateTime(2001, 1, day, 0, 0, 0, DateTimeKind.Utc));
        }

        Directory.SetLastWriteTimeUtc(folder["sorted/d1"], new DateTime(2003, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Directory.SetLastWriteTimeUtc(folder["sorted/d2"], new DateTime(2002, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(names.Split(' '), FolderPage.LinksOf(await folder.Server.Client.BrowseAsync("sorted/" + query)));
    }

    [Fact]
    public async Task A_filter_finds_names_that_contain_it_and_stays_in_the_links()
    {
        await MakeAsync("filtered", "Über.iso", "über.txt", "other", "<b>");
        var page = await folder.Server.Client.BrowseAsync("filtered/?q=%C3%BCBER");
        Assert.Equal(["%C3%9Cber.iso", "%C3%BCber.txt"], FolderPage.LinksOf(page));
        Assert.Contains("?sort=size&amp;order=asc&amp;q=%C3%BCBER", page);
        Assert.Contains("2 names of 0 folders, 4 files", page);
        var evil = await folder.Server.Client.BrowseAsync("filtered/?q=%22%3E%3Cscript%3E");
        Assert.DoesNotContain("<script>", evil);
        Assert.Contains("No name here contains this text.", evil);
    }

    [Fact]
    public async Task A_large_folder_has_pages_for_a_browser_and_is_whole_for_a_program()
    {
        await MakeAsync("large", [.. Enumerable.Range(0, 2500).Select(i => i.ToString(CultureInfo.InvariantCulture))]);
        var last = await folder.Server.Client.BrowseAsync("large/?page=3");
        Assert.Equal(Enumerable.Range(2000, 500).Select(i => i.ToString(CultureInfo.InvariantCulture)), FolderPage.LinksOf(last));
        Assert.Contains("Page 3 of 3", last);
        Assert.Equal(1000, FolderPage.LinksOf(await folder.Server.Client.BrowseAsync("large/")).Count);
        Assert.Equal("2499", FolderPage.LinksOf(await folder.Server.Client.BrowseAsync("large/?order=desc"))[0]);
        Assert.Equal(last, await folder.Server.Client.BrowseAsync("large/?page=99"));
        var whole = await folder.Server.Client.GetStringAsync("large/");
        Assert.Equal(2500, FolderPage.LinksOf(whole).Count);
        Assert.DoesNotContain("?", whole);
    }

    [Fact]
    public async Task Looking_shows_what_is_proven_and_hashes_nothing()
    {
        await MakeAsync("proof", "file");
        File.SetLastWriteTimeUtc(folder["proof/file"], new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Contains(">not yet<", await folder.Server.Client.BrowseAsync("proof/"));
        Assert.Contains(">not yet<", await folder.Server.Client.BrowseAsync("proof/"));
        // Until the file has settled its digests are not kept. What is expected is the SHA-256 of "file", which is the content.
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var asked = await folder.AskAsync("GET", "rd/proof/file", "Accept: application/x-ndjson");
                Assert.Contains("\"end\"", await asked.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
                return (await folder.Server.Client.BrowseAsync("proof/")).Contains(">SHA-256 3b9c358f36f0…<", StringComparison.Ordinal);
            },
            "the page shows the digest");
    }

    [Fact]
    public async Task Style_and_script_are_where_no_file_can_be_and_never_change()
    {
        await MakeAsync("styled/deep", "file");
        var page = await folder.Server.Client.BrowseAsync("styled/deep/");
        var links = Regex.Matches(page, "\\.\\./\\.\\./(?<link>rd/\\?(style|script)=[0-9a-f]{12})", RegexOptions.ExplicitCapture, TimeSpan.FromMinutes(1)).Select(match => match.Groups["link"].Value).ToList();
        Assert.Equal(2, links.Count);
        foreach (var link in links)
        {
            using var answer = await folder.AskAsync("GET", link);
            Assert.StartsWith("text/", answer.Content.Headers.ContentType!.MediaType);
            Assert.Contains("immutable", answer.Headers.CacheControl!.ToString());
        }

        Assert.Contains("\"ok\":true", await folder.Server.Client.GetStringAsync("rd/"));
    }

    [Theory]
    [InlineData("style")]
    [InlineData("script")]
    public async Task The_style_and_the_script_of_another_version_are_kept_by_nobody(string name)
    {
        using var answer = await folder.AskAsync("GET", $"rd/?{name}=000000000000");
        Assert.StartsWith("text/", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
    }

    private async Task MakeAsync(string path, params string[] names)
    {
        Directory.CreateDirectory(folder[path]);
        foreach (var name in names)
            await File.WriteAllTextAsync(folder[$"{path}/{name}"], name, TestContext.Current.CancellationToken);
    }
}
