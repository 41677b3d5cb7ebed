using ReliableDownload.Api;
using ReliableDownload.Api.Redis;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Redis;

public sealed class RedisUrlTests
{
    [Theory]
    [InlineData("redis://cache", "cache:6379", null, null, 0, false)]
    [InlineData("redis://cache:7/3", "cache:7", null, null, 3, false)]
    [InlineData("rediss://rd:p%40ss%3A@[::1]:7", "::1:7", "rd", "p@ss:", 0, true)]
    [InlineData("redis://:secret@a,b:1,[::2]", "a:6379 b:1 ::2:6379", null, "secret", 0, false)]
    [InlineData("redis://a,b:5?sentinel=files", "a:26379 b:5", null, null, 0, false)]
    public void A_URL_says_where_Redis_is(string url, string hosts, string? user, string? password, int database, bool isTls)
    {
        var options = RedisUrl.Parse(url);
        Assert.Equal(
            (hosts, user, password, database, isTls),
            (string.Join(' ', options.Hosts.Select(host => $"{host.Host}:{host.Port}")), options.User, options.Password, options.Database, options.IsTls));
    }

    [Theory]
    [InlineData("http://:secret@cache", "must be a URL such as")]
    [InlineData("redis://:secret@", "must be a URL such as")]
    [InlineData("redis://:secret@a:99999", "a port must be a number from 1 to 65535")]
    [InlineData("redis://:secret@a/b", "the database must be a number")]
    [InlineData("redis://:secret@a?tls=1", "'tls', but only sentinel, ca, password-file and expire are known")]
    [InlineData("redis://:secret@a?ca=/etc/passwd", "only for rediss://")]
    [InlineData("rediss://:secret@a?ca=/nowhere", "/nowhere, which does not exist")]
    [InlineData("redis://a?password-file=/nowhere", "/nowhere, which cannot be read")]
    [InlineData("redis://a?expire=0", "a number from 1 to 3650")]
    public void A_wrong_URL_is_one_sentence_without_the_password(string url, string problem)
    {
        var message = Assert.Throws<UsageException>(() => RedisUrl.Parse(url)).Message;
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_password_may_be_in_a_file()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["password"], "from a file\n");
        Assert.Equal("from a file", RedisUrl.Parse($"redis://rd@cache?password-file={folder["password"]}").Password);
    }
}
