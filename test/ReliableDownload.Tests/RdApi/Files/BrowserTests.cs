using System.Globalization;
using Microsoft.Playwright;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>The pages in a real browser.</summary>
public sealed class BrowserTests(ServedFolder folder, Chromium chromium) : IClassFixture<ServedFolder>, IClassFixture<Chromium>
{
    private static readonly string Axe = Path.Combine(Repository.Root, "test/ReliableDownload.Tests/bin/axe/node_modules/axe-core/axe.min.js");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Everything_can_be_done_with_and_without_JavaScript(bool hasScript)
    {
        Make("tour/sub/inner", "tour/b2.iso", "tour/b10.iso", "tour/c.txt");
        var page = await chromium.OpenAsync(hasScript: hasScript);
        await page.GotoAsync($"{folder.Server.BaseAddress}tour/");
        await ExpectAsync(page, "sub/", "b2.iso", "b10.iso", "c.txt");
        await page.GetByRole(AriaRole.Link, new() { Name = "Name ▲" }).ClickAsync();
        await ExpectAsync(page, "sub/", "c.txt", "b10.iso", "b2.iso");
        await Assertions.Expect(page.GetByRole(AriaRole.Columnheader).First).ToHaveAttributeAsync("aria-sort", "descending");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("ISO");
        await page.Keyboard.PressAsync("Enter");
        await ExpectAsync(page, "b10.iso", "b2.iso");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("inn");
        await page.GetByRole(AriaRole.Button, new() { Name = "Search below" }).ClickAsync();
        await ExpectAsync(page, "sub/inner");
        await page.GoBackAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Details of b2.iso" }).ClickAsync();
        await Assertions.Expect(page.Locator("pre").First).ToHaveTextAsync($"rd {folder.Server.BaseAddress}tour/b2.iso");
        await page.GetByRole(AriaRole.Link, new() { Name = "tour" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "sub/", Exact = true }).ClickAsync();
        await ExpectAsync(page, "inner");
        await page.GetByRole(AriaRole.Link, new() { Name = "/", Exact = true }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync($"{folder.Server.BaseAddress}");
    }

    [Fact]
    public async Task A_command_is_copied_and_digests_are_calculated_by_a_click()
    {
        Make("click/file");
        var page = await chromium.OpenAsync();
        await page.GotoAsync($"{folder.Server.BaseAddress}click/file?details");
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy: With rd" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Copied")).ToBeVisibleAsync();
        Assert.Equal($"rd {folder.Server.BaseAddress}click/file", await page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        await ClickUntilAsync(page, page.GetByText("1 digest of 1 block known"));
        Assert.Equal(64, (await page.Locator(".hash").TextContentAsync())!.Length);
    }

    // Until the file has settled its digests are not kept, and the link comes back.
    private static Task ClickUntilAsync(IPage page, ILocator known) => Eventually.IsTrueAsync(
        async () =>
        {
            if (await known.IsVisibleAsync())
                return true;
            await page.Locator("#ask").ClickAsync();
            // The page loads itself again.
            await Assertions.Expect(known.Or(page.Locator("#ask"))).ToBeVisibleAsync(new() { Timeout = (float)ProcessRunner.Limit.TotalMilliseconds });
            return false;
        },
        "the page shows the digests");

    [Fact]
    public async Task The_picture_of_hashed_blocks_fills_while_they_are_hashed_and_looking_hashes_nothing()
    {
        const int Blocks = 400;
        SampleFile.CreateThin(folder["picture.iso"], (long)Blocks << 21);
        File.SetLastWriteTimeUtc(folder["picture.iso"], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        var page = await chromium.OpenAsync();
        // All that the picture showed before the page loads itself again at the end.
        await page.AddInitScriptAsync(
            """
            addEventListener("DOMContentLoaded", () => {
              const words = document.getElementById("hashed");
              new MutationObserver(() => sessionStorage.setItem("seen", `${sessionStorage.getItem("seen") ?? ""}${words.textContent}\n`)).observe(words, { childList: true });
            });
            """);
        await page.GotoAsync($"{folder.Server.BaseAddress}picture.iso?details");
        await page.ReloadAsync();
        // What looking had hashed would be known to the next visitor.
        var plain = await folder.Server.Client.GetStringAsync("picture.iso?details", TestContext.Current.CancellationToken);
        Assert.Equal(100, plain.Split("fill-opacity=\"0\"").Length - 1);
        Assert.Contains("0 digests of 400 blocks known", plain);
        Assert.DoesNotContain("picture.iso", folder.Server.Process.Error.Text, StringComparison.Ordinal);

        await ClickUntilAsync(page, page.GetByText("400 digests of 400 blocks known"));
        var seen = (await page.EvaluateAsync<string>("() => sessionStorage.getItem('seen')")).TrimEnd().Split('\n');
        Assert.Equal("400 of 400 blocks hashed", seen[^1]);
        var counts = seen.Select(words => int.Parse(words.Split(' ')[0], CultureInfo.InvariantCulture)).ToArray();
        Assert.Contains(counts, count => count is > 0 and < Blocks);
        var done = await folder.Server.Client.GetStringAsync("picture.iso?details", TestContext.Current.CancellationToken);
        Assert.Equal(100, done.Split("fill-opacity=\"1\"").Length - 1);
    }

    [Theory]
    [InlineData(false, 1000)]
    [InlineData(true, 1000)]
    [InlineData(false, 360)]
    [InlineData(true, 360)]
    public async Task Axe_finds_nothing_and_a_narrow_phone_shows_all(bool isDark, int width)
    {
        Make("axe/sub/inner", "axe/a very long name without a good place to break it_______________________________________________________.iso", "axe/empty");
        // Its digest is known: the longest words of a row.
        await File.WriteAllTextAsync(folder["axe/zero"], "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["axe/README.md"], "# Read me\n\nSome [link](sub/) and `code`.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", TestContext.Current.CancellationToken);
        var page = await chromium.OpenAsync(isDark, width: width);
        var errors = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                errors.Add(message.Text);
        };
        await page.AddInitScriptAsync(scriptPath: Axe);
        foreach (var target in (string[])["axe/", "axe/?q=nothing", "axe/?find=e", "axe/empty?details"])
        {
            await page.GotoAsync(folder.Server.BaseAddress + target);
            var found = await page.EvaluateAsync<string[]>(
                "async () => (await axe.run()).violations.map(v => v.id + ' (' + v.impact + '): ' + v.nodes.map(n => n.html).join(' '))");
            Assert.Equal([], found);
            Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), $"{target} is wider than {width} px");
        }

        errors.RemoveAll(error => error.Contains("favicon", StringComparison.Ordinal) || error.Contains("404", StringComparison.Ordinal));
        Assert.Equal([], errors);
    }

    [Fact]
    public async Task A_name_cannot_trick_the_page_and_is_downloaded_as_it_is()
    {
        var name = "\u202Egnp.exe\n<img src=x onerror=alert(1)>";
        Make("tricks/" + name);
        var page = await chromium.OpenAsync();
        await page.GotoAsync($"{folder.Server.BaseAddress}tricks/");
        await ExpectAsync(page, name);
        Assert.Equal(0, await page.Locator("img").CountAsync());
        var link = await page.Locator("tbody a").First.EvaluateAsync<string>("link => link.href");
        Assert.Equal("content", await folder.Server.Client.GetStringAsync(link, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_pages_of_a_large_folder_are_turned()
    {
        Make([.. Enumerable.Range(0, 1001).Select(i => "many/" + i.ToString(CultureInfo.InvariantCulture))]);
        var page = await chromium.OpenAsync();
        await page.GotoAsync($"{folder.Server.BaseAddress}many/?sort=name&order=desc");
        await page.GetByRole(AriaRole.Link, new() { Name = "Next" }).ClickAsync();
        await ExpectAsync(page, "0");
    }

    private static async Task ExpectAsync(IPage page, params string[] names)
    {
        // Waits for the page that a click leads to.
        await Assertions.Expect(page.Locator("tbody tr td:first-child")).ToHaveTextAsync(names);
    }

    private void Make(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            File.WriteAllText(folder[name], "content");
        }
    }
}
