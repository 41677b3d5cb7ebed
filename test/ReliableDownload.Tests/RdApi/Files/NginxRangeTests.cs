using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>The same requests to rd-api and to nginx, and the answers compared: status, form and bytes.</summary>
public sealed class NginxRangeTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private const string Content = "0123456789";

    private static readonly string[] SameRanges =
    [
        "0-0", "0-", "2-4", "9-9", "9-", "0-9", "0-99", "8-99", "-1", "-3", "-10", "-99", "10-", "10-11", "99-", "-0",
        "0-0,2-2", "0-0,9-9", "0-0,-1", "-1,0-0", "-2,0-1", "7-8,4-5,1-1", "0-1,4-5,8-9", "0-0,99-", "99-,0-0", "99-,100-", "10-,-0",
        "0-,0-", "0-9,0-9", "0-8,2-9", "0-,-1", "0-0,2-2,4-4,6-6,8-8", " 0-0 , 2-2", "1-1,3-",
    ];

    // Of each the reason, and what nginx answers.
    private static readonly (string Range, string Why)[] OtherRanges =
    [
        ("0-1,2-3", "ranges that touch are joined"),
        ("2-4,3-5", "ranges that overlap are joined"),
        ("5-5,1-1,2-2", "ranges that touch are joined"),
        ("a-b", "a range that cannot be read is ignored (RFC 9110, 14.2); nginx says 416"),
        ("5-2", "a range that cannot be read is ignored; nginx says 416"),
        ("0-0,5-2", "a range that cannot be read is ignored; nginx says 416"),
    ];

    [Fact]
    public async Task Ranges_are_answered_as_nginx_answers_them()
    {
        var name = folder.CreateFile(Content);
        await using var nginx = await WebServer.NginxAsync($"root {folder.Path};");
        using var theirServer = nginx.Client();
        var differing = new List<string>();
        foreach (var range in SameRanges.Concat(OtherRanges.Select(other => other.Range)))
        {
            var ours = await AskAsync(folder.Server.Client, HttpMethod.Get, name, range);
            var theirs = await AskAsync(theirServer, HttpMethod.Get, name, range);
            if (ours != theirs)
                differing.Add(range);
        }

        Assert.Equal(OtherRanges.Select(other => other.Range), differing);
    }

    [Fact]
    public async Task A_range_with_HEAD_is_ignored_as_the_standard_says_where_nginx_obeys()
    {
        var name = folder.CreateFile(Content);
        await using var nginx = await WebServer.NginxAsync($"root {folder.Path};");
        using var theirServer = nginx.Client();
        Assert.StartsWith("200 ", await AskAsync(folder.Server.Client, HttpMethod.Head, name, "0-0"));
        Assert.StartsWith("206 ", await AskAsync(theirServer, HttpMethod.Head, name, "0-0"));
        Assert.StartsWith("200 ", await AskAsync(folder.Server.Client, HttpMethod.Head, name, "0-0,2-2"));
    }

    private static async Task<string> AskAsync(HttpClient server, HttpMethod method, string name, string range)
    {
        using var request = new HttpRequestMessage(method, name);
        Assert.True(request.Headers.TryAddWithoutValidation("Range", $"bytes={range}"));
        using var response = await server.SendAsync(request);
        var (status, content) = ((int)response.StatusCode, response.Content);
        var body = content.Headers.ContentType?.MediaType == "multipart/byteranges" ? string.Join(';', await SeveralRangesTests.ReadPartsAsync(response))
            : status is 200 or 206 ? await content.ReadAsStringAsync()
            : "";
        return $"{status} {content.Headers.ContentRange} {(status < 300 ? content.Headers.ContentType?.MediaType : "")} {body}";
    }
}
