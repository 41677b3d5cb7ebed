using System.Text;
using ReliableDownload.Api.Files;

namespace ReliableDownload.Tests.RdApi.Files;

public sealed class RequestPathTests
{
    [Theory]
    [InlineData("/", "")]
    [InlineData("/a", "a")]
    [InlineData("/a/b.txt", "a/b.txt")]
    [InlineData("/a%20b%23%3f%25", "a b#?%")]
    [InlineData("/a+b", "a+b")]
    [InlineData("/caf%C3%A9", "café")]
    [InlineData("/...", "...")]
    [InlineData("/a/..b", "a/..b")]
    [InlineData("/a%252fb", "a%2fb")]
    [InlineData("/a?b=/../c%", "a")]
    [InlineData("http://host:1/a", "a")]
    [InlineData("http://host", "")]
    [InlineData("http://host?x=/y", "")]
    public void A_target_is_decoded_once(string target, string expected)
    {
        Assert.Equal(PathVerdict.Good, RequestPath.Parse(target, out var path));
        Assert.Equal(expected, path.Text);
    }

    [Fact]
    public void A_name_may_be_any_bytes()
    {
        Assert.Equal(PathVerdict.Good, RequestPath.Parse("/%ff%FE/%01", out var path));
        Assert.Equal([0xff, 0xfe, (byte)'/', 1], path.Bytes.ToArray());
    }

    [Theory]
    [InlineData("/a/..", "")]
    [InlineData("/a/../", "")]
    [InlineData("/a/../b", "b")]
    [InlineData("/a/b/../../c", "c")]
    [InlineData("/a/b/..", "a")]
    [InlineData("/.", "")]
    [InlineData("/./a", "a")]
    [InlineData("/a/./b", "a/b")]
    [InlineData("/a/.", "a")]
    [InlineData("/%2e/a", "a")]
    [InlineData("/a/%2E%2e/b", "b")]
    [InlineData("/a/.%2e/b", "b")]
    [InlineData("//", "")]
    [InlineData("//a", "a")]
    [InlineData("/a//b", "a/b")]
    [InlineData("/a//..//b", "b")]
    [InlineData("/a//", "a")]
    [InlineData("/.a/..b/c..", ".a/..b/c..")]
    [InlineData("http://host//etc/passwd", "etc/passwd")]
    [InlineData("http://host/./a", "a")]
    public void Dot_segments_and_repeated_slashes_are_removed(string target, string expected)
    {
        Assert.Equal(PathVerdict.Good, RequestPath.Parse(target, out var path));
        Assert.Equal(expected, path.Text);
    }

    [Theory]
    [InlineData("/..")]
    [InlineData("/../a")]
    [InlineData("/a/../..")]
    [InlineData("/a/../../b")]
    [InlineData("/./../a")]
    [InlineData("//../a")]
    [InlineData("/a//../../b")]
    [InlineData("/%2e%2e/a")]
    [InlineData("/%2E./a")]
    [InlineData("/.%2e/a")]
    [InlineData("/a%2fb")]
    [InlineData("/..%2Fa")]
    [InlineData("/a%00")]
    [InlineData("/a%00/../b")]
    [InlineData("/a\\b")]
    [InlineData("/..%5ca")]
    [InlineData("/a/../b\\c")]
    public void What_no_served_file_is_called_is_forbidden(string target) =>
        Assert.Equal(PathVerdict.Forbidden, RequestPath.Parse(target, out _));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("a")]
    [InlineData("host:80")]
    [InlineData("/%")]
    [InlineData("/%a")]
    [InlineData("/%g0")]
    [InlineData("/a%2")]
    [InlineData("/%u002e")]
    [InlineData("/\u00e9")]
    public void What_is_no_path_is_malformed(string target) =>
        Assert.Equal(PathVerdict.Malformed, RequestPath.Parse(target, out _));

    [Theory]
    [InlineData("/", true)]
    [InlineData("/a", false)]
    [InlineData("/a/", true)]
    [InlineData("/a/b/", true)]
    [InlineData("/a/b//", true)]
    [InlineData("/a/.", true)]
    [InlineData("/a/b/..", true)]
    [InlineData("/a/./b", false)]
    [InlineData("//a", false)]
    public void A_slash_at_the_end_is_remembered(string target, bool expected)
    {
        RequestPath.Parse(target, out var path);
        Assert.Equal(expected, path.EndsWithSlash);
    }

    [Theory]
    [InlineData("/rd/", "")]
    [InlineData("/rd/a/b", "a/b")]
    [InlineData("/rd//a", "a")]
    [InlineData("/rd/./a", "a")]
    [InlineData("/rd/a/../b", "b")]
    [InlineData("/./rd/a", "a")]
    [InlineData("/rd/../a", null)]
    [InlineData("/rd", null)]
    [InlineData("/rdx/a", null)]
    [InlineData("/", null)]
    public void What_is_below_a_folder_is_its_rest(string target, string? rest)
    {
        RequestPath.Parse(target, out var path);
        Assert.Equal(rest, path.TryBelow("rd"u8, out var below) ? Encoding.UTF8.GetString(below.Bytes.Span) : null);
    }
}
