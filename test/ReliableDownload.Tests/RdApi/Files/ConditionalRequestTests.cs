using System.Net;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Files;

/// <summary>RFC 9110, section 13. TAG stands for the file's own entity tag.</summary>
public sealed class ConditionalRequestTests(ServedFolder folder) : IClassFixture<ServedFolder>
{
    private const string Before = "Sat, 03 Feb 2001 04:05:05 GMT";
    private const string Same = "Sat, 03 Feb 2001 04:05:06 GMT";
    private const string After = "Sat, 03 Feb 2001 04:05:07 GMT";

    [Theory]
    [InlineData(200, "If-Match: TAG")]
    [InlineData(200, "If-Match: \"other\", TAG")]
    [InlineData(200, "If-Match: *")]
    [InlineData(412, "If-Match: \"other\"")]
    [InlineData(412, "If-Match: W/TAG")]
    [InlineData(412, "If-Match: no-tag")]
    [InlineData(200, "If-Unmodified-Since: " + Same)]
    [InlineData(200, "If-Unmodified-Since: " + After)]
    [InlineData(412, "If-Unmodified-Since: " + Before)]
    [InlineData(200, "If-Unmodified-Since: no date")]
    [InlineData(200, "If-Match: TAG", "If-Unmodified-Since: " + Before)]
    [InlineData(304, "If-None-Match: TAG")]
    [InlineData(304, "If-None-Match: W/TAG")]
    [InlineData(304, "If-None-Match: \"other\", TAG")]
    [InlineData(304, "If-None-Match: *")]
    [InlineData(200, "If-None-Match: \"other\"")]
    [InlineData(304, "If-Modified-Since: " + Same)]
    [InlineData(304, "If-Modified-Since: " + After)]
    [InlineData(200, "If-Modified-Since: " + Before)]
    [InlineData(200, "If-Modified-Since: no date")]
    [InlineData(200, "If-None-Match: \"other\"", "If-Modified-Since: " + Same)]
    [InlineData(304, "If-None-Match: TAG", "If-Modified-Since: " + Before)]
    [InlineData(412, "If-Match: \"other\"", "If-None-Match: TAG")]
    [InlineData(304, "If-Match: TAG", "If-None-Match: TAG")]
    [InlineData(304, "If-None-Match: TAG", "Range: bytes=0-0")]
    [InlineData(412, "If-Match: \"other\"", "Range: bytes=0-0")]
    [InlineData(412, "If-Match: \"other\"", "Range: bytes=99-")]
    [InlineData(206, "If-Match: TAG", "Range: bytes=0-0")]
    [InlineData(206, "If-Range: TAG", "Range: bytes=0-0")]
    [InlineData(200, "If-Range: \"other\"", "Range: bytes=0-0")]
    [InlineData(200, "If-Range: \"other\"", "Range: bytes=99-")]
    [InlineData(416, "If-Range: TAG", "Range: bytes=99-")]
    [InlineData(200, "If-Range: W/TAG", "Range: bytes=0-0")]
    [InlineData(206, "If-Range: " + Same, "Range: bytes=0-0")]
    [InlineData(200, "If-Range: " + Before, "Range: bytes=0-0")]
    [InlineData(200, "If-Range: " + After, "Range: bytes=0-0")]
    [InlineData(200, "If-Range: nonsense", "Range: bytes=0-0")]
    [InlineData(200, "If-Range: TAG")]
    public async Task Conditions_decide_in_the_order_of_the_standard(int status, params string[] headers)
    {
        var name = folder.CreateFile("content");
        var tag = (await folder.AskAsync("HEAD", name)).Headers.ETag!;
        Assert.False(tag.IsWeak);
        var asked = Array.ConvertAll(headers, header => header.Replace("TAG", tag.Tag, StringComparison.Ordinal));

        var response = await folder.AskAsync("GET", name, asked);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(tag, response.Headers.ETag);
        Assert.Equal(status switch { 200 => "content", 206 => "c", _ => "" }, await response.Content.ReadAsStringAsync());

        var head = await folder.AskAsync("HEAD", name, asked);
        Assert.Equal(status is 206 or 416 ? 200 : status, (int)head.StatusCode);
    }

    [Fact]
    public async Task A_file_that_changed_has_another_tag()
    {
        var name = folder.CreateFile("old");
        var old = (await folder.AskAsync("HEAD", name)).Headers.ETag!;
        File.WriteAllText(folder[name], "new");
        var response = await folder.AskAsync("GET", name, $"If-Range: {old}", "Range: bytes=0-0");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("new", await response.Content.ReadAsStringAsync());
        Assert.NotEqual(old, response.Headers.ETag);
    }

    [Fact]
    public async Task A_date_from_before_a_change_never_holds_after_it_however_soon_that_was()
    {
        var name = folder.CreateFile("");
        File.WriteAllText(folder[name], "AAAA");
        var date = $"{(await folder.AskAsync("GET", name)).Content.Headers.LastModified:r}";
        File.WriteAllText(folder[name], "BBBB");
        var sinceThen = await folder.AskAsync("GET", name, $"If-Modified-Since: {date}");
        Assert.Equal("BBBB", await sinceThen.Content.ReadAsStringAsync());
        var rest = await folder.AskAsync("GET", name, $"If-Range: {date}", "Range: bytes=2-");
        Assert.Equal("BBBB", await rest.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await folder.AskAsync("GET", name, $"If-Unmodified-Since: {date}")).StatusCode);
    }

    [Fact]
    public async Task The_tag_of_a_file_that_may_change_unseen_is_weak_and_equals_no_other()
    {
        var name = folder.CreateFile("content");
        HttpResponseMessage? answer = null;
        var (statuses, version) = (new List<int>(), "");
        await Eventually.IsTrueAsync(
            async () =>
            {
                // For nearly four seconds from now on it is less than two seconds old.
                var changed = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1.9);
                File.SetLastWriteTimeUtc(folder[name], changed);
                answer?.Dispose();
                answer = await folder.AskAsync("GET", name);
                // Whoever compares digests knows the version from the metadata.
                version = $"\"{FileVersion.Of(7, (File.GetLastWriteTimeUtc(folder[name]) - DateTime.UnixEpoch).Ticks * 100)}\"";
                statuses.Clear();
                foreach (var condition in (string[])[$"If-None-Match: {answer.Headers.ETag}", "If-None-Match: *", $"If-Range: {answer.Headers.ETag}", $"If-Match: {answer.Headers.ETag}", $"If-Range: {version}"])
                    statuses.Add((int)(await folder.AskAsync("GET", name, condition.StartsWith("If-Range", StringComparison.Ordinal) ? [condition, "Range: bytes=0-0"] : [condition])).StatusCode);
                return TimeProvider.System.GetUtcNow().UtcDateTime < changed.AddSeconds(1.9);
            },
            "all was asked for while it was young");
        var tag = answer!.Headers.ETag!;
        Assert.True(tag.IsWeak);
        // A cache would put it together with what it gets under the strong one.
        Assert.True(answer.Headers.CacheControl!.NoCache);
        Assert.NotEqual(version, tag.Tag);
        Assert.Equal([200, 304, 200, 412, 206], statuses);
    }

    [Fact]
    public async Task A_file_from_the_future_was_not_modified_later_than_now()
    {
        var name = folder.CreateFile("x");
        File.SetLastWriteTimeUtc(folder[name], new DateTime(2200, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var response = await folder.AskAsync("HEAD", name);
        Assert.True(response.Content.Headers.LastModified <= response.Headers.Date);
    }
}
