using System.Net;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>A file's answer says where its digests are, relative to the URL that the client asked for.</summary>
public sealed class MetadataLinkTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    [Theory]
    [InlineData("/{0}", "rd/{0}")]
    [InlineData("/sub/{0}", "../rd/sub/{0}")]
    [InlineData("/sub/sub%20é/{0}", "../../rd/sub/sub%20%C3%A9/{0}")]
    [InlineData("/sub/./{0}?a=/b", "../rd/sub/{0}")]
    [InlineData("/sub/../{0}", "rd/{0}")]
    [InlineData("/sub/%2e%2E/{0}", "rd/{0}")]
    [InlineData("//sub//{0}", "../../../rd/sub/{0}")]
    [InlineData("http://x//sub/{0}", "../../rd/sub/{0}")]
    public async Task It_is_relative_to_the_target_as_it_was_sent(string target, string link)
    {
        var name = folder.CreateFile("content");
        foreach (var below in (string[])["sub", "sub/sub é"])
        {
            Directory.CreateDirectory(folder[below]);
            File.Copy(folder[name], Path.Combine(folder[below], name));
        }

        var answer = await RawConnection.GetAsync(folder.Server.BaseAddress, string.Format(target.Replace("é", "%C3%A9"), name));

        Assert.StartsWith("HTTP/1.1 200 ", answer);
        Assert.Contains($"\r\nLink: <{string.Format(link, name)}>; rel=\"describedby\"; type=\"application/x-ndjson\", <?meta4>; rel=\"describedby\"; type=\"application/metalink4+xml\"\r\n", answer);
    }

    [Theory]
    [InlineData("GET", "", HttpStatusCode.OK)]
    [InlineData("HEAD", "", HttpStatusCode.OK)]
    [InlineData("GET", "Range: bytes=1-2", HttpStatusCode.PartialContent)]
    [InlineData("GET", "Range: bytes=1-1,5-6", HttpStatusCode.PartialContent)]
    [InlineData("GET", "If-None-Match: *", HttpStatusCode.NotModified)]
    public async Task Each_answer_for_the_file_has_it_and_it_leads_to_the_digests(string method, string header, HttpStatusCode status)
    {
        var name = folder.CreateFile("content");
        var answer = await folder.AskAsync(method, name, header.Length > 0 ? [header] : []);

        Assert.Equal(status, answer.StatusCode);
        var link = answer.Headers.GetValues("Link").Single();
        var digests = new Uri(new Uri(folder.Server.BaseAddress, name), link.Split('<', '>')[1]);
        Assert.Equal(HttpStatusCode.OK, (await folder.Server.Client.GetAsync(digests)).StatusCode);
    }

    [Fact]
    public async Task Two_ways_to_one_file_have_each_its_own()
    {
        Directory.CreateDirectory(folder["way"]);
        var name = folder.CreateFile("content");
        foreach (var (target, link) in new[] { ($"/{name}", $"<rd/{name}>"), ($"/way/../{name}", $"<rd/{name}>"), ($"//{name}", $"<../rd/{name}>") })
            Assert.Contains($"\r\nLink: {link};", await RawConnection.GetAsync(folder.Server.BaseAddress, target));
    }

    [Fact]
    public async Task A_name_so_long_that_proxies_would_refuse_the_header_has_none()
    {
        var path = string.Join('/', Enumerable.Repeat(new string('ä', 100), 4));
        Directory.CreateDirectory(folder[path]);
        await File.WriteAllTextAsync(folder[path + "/f"], "content", TestContext.Current.CancellationToken);

        var answer = await folder.AskAsync("GET", path + "/f");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Link"));
    }
}
