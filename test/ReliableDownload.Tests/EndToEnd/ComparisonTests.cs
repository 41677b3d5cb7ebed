using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>What docs/comparison.md says of nginx, Caddy and rd-api in its marked rows is what they do, side by side.</summary>
public sealed class ComparisonTests : IDisposable
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs/comparison.md");

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Dictionary<string, Func<HttpClient, Task<bool>>> Questions => new(StringComparer.Ordinal)
    {
        ["a range"] = async client => (await AskAsync(client, "file", ("Range", "bytes=1-2"))).StatusCode == HttpStatusCode.PartialContent,
        ["several ranges in one answer"] = async client =>
            (await AskAsync(client, "file", ("Range", "bytes=1-2,5-6"))).Content.Headers.ContentType?.MediaType == "multipart/byteranges",
        ["a range only of the same version (`If-Range`)"] = async client =>
            (await AskAsync(client, "file", ("Range", "bytes=1-2"), ("If-Range", "\"other\""))).StatusCode == HttpStatusCode.OK,
        ["a name that is not UTF-8"] = async client => await TextAsync(client, "%FFx") == "no UTF-8",
        ["digests in headers (RFC 9530)"] = async client =>
            (await AskAsync(client, "file", ("Want-Repr-Digest", "sha-256=1"), ("Prefer", "wait=30"))).Headers.Contains("Repr-Digest"),
        ["a folder as one file"] = async client => (await AskAsync(client, "sub/?tar")).Content.Headers.ContentType?.MediaType == "application/x-tar",
        ["sorted by a click"] = async client => await TextAsync(client, "sub/?sort=size&order=desc", ("Accept", "text/html")) is var page
            && page.IndexOf(">large", StringComparison.Ordinal) is >= 0 and var first && first < page.IndexOf(">a-small", StringComparison.Ordinal),
        ["search below a folder"] = async client => (await TextAsync(client, "?find=large&json")).Contains("sub/large", StringComparison.Ordinal),
        ["JSON for programs"] = async client =>
            (await AskAsync(client, "sub/", ("Accept", "application/json"))).Content.Headers.ContentType?.MediaType == "application/json",
        ["`index.html` of a folder"] = async client => await TextAsync(client, "site/") == "index",
        ["a link out of the root is refused"] = async client => (await AskAsync(client, "out")).StatusCode == HttpStatusCode.NotFound,
        ["names with a dot are not served"] = async client => (await AskAsync(client, ".hidden")).StatusCode == HttpStatusCode.NotFound,
    };

    [Fact]
    public async Task Nginx_Caddy_and_rd_api_do_what_the_marked_rows_say()
    {
        Directory.CreateDirectory(_folder["root/sub"]);
        Directory.CreateDirectory(_folder["root/site"]);
        foreach (var (name, content) in new[] { ("root/file", "0123456789"), ("root/sub/a-small", "1"), ("root/sub/large", "12345"), ("root/site/index.html", "index"), ("root/.hidden", "hidden"), ("outside", "outside") })
        {
            await File.WriteAllTextAsync(_folder[name], content, Cancellation);
            File.SetLastWriteTimeUtc(_folder[name], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        }

        File.CreateSymbolicLink(_folder["root/out"], _folder["outside"]);
        using var raw = new RawFile(_folder["root"], [0xff, (byte)'x'], "no UTF-8");
        await using var nginx = await WebServer.NginxAsync($"root {_folder["root"]}; autoindex on;");
        await using var caddy = await WebServer.CaddyAsync(_folder["root"], "browse");
        await using var ours = await RdApiProcess.StartAsync(_folder["root"]);
        using var ofNginx = nginx.Client();
        using var ofCaddy = caddy.Client();
        var rows = Rows();
        Assert.Equal(Questions.Keys.Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        foreach (var (title, cells) in rows)
        {
            var isYes = new[] { await Questions[title](ofCaddy), await Questions[title](ofNginx), await Questions[title](ours.Client) };
            // What is an option is not there by default.
            var isSaid = cells.Select(cell => cell is not ("no" or "option")).ToArray();
            Assert.True(isSaid.SequenceEqual(isYes), $"{title}: Caddy, nginx, rd-api {string.Join(' ', isYes)}");
        }
    }

    [Fact]
    public void Each_test_that_it_names_is_there_and_whatever_we_lack_has_a_reason()
    {
        var lines = File.ReadAllLines(Page);
        var links = lines.SelectMany(line => line.Split("](").Skip(1)).Select(rest => rest.Split(')')[0]).ToList();
        Assert.All(links, link => Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(Page)!, link)), link));
        Assert.All(
            lines.Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| |", StringComparison.Ordinal)),
            line => Assert.True(line.Contains("| no | |", StringComparison.Ordinal) || line.Contains("](../test/", StringComparison.Ordinal), line));
        var reasons = string.Join('\n', lines.SkipWhile(line => line != "## What we lack, and why"));
        foreach (var lacking in (string[])["zip", "Uploading", "ACME", "HTTP/3", "Themes", "SPA", "precompressed"])
            Assert.Contains(lacking, reasons);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The marked rows: what they say of Caddy, nginx and rd-api.</summary>
    private static Dictionary<string, string[]> Rows() => File.ReadLines(Page)
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains(" ∗ |", StringComparison.Ordinal))
        .Select(line => line.Split('|').Select(cell => cell.Trim()).ToArray())
        .ToDictionary(cells => cells[1].TrimEnd('∗', ' '), cells => cells[4..7], StringComparer.Ordinal);

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, string target, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await client.SendAsync(request, Cancellation);
    }

    private static async Task<string> TextAsync(HttpClient client, string target, params (string Name, string Value)[] headers)
    {
        using var answer = await AskAsync(client, target, headers);
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }
}
