using ReliableDownload.Rd;

namespace ReliableDownload.Tests.Rd;

public sealed class FileUrlTests
{
    [Theory]
    [InlineData("http://host/big.tar", "big.tar")]
    [InlineData("HTTPS://host/a/b/big.tar", "big.tar")]
    [InlineData("http://host/big.tar?token=/x/y&z#part", "big.tar")]
    [InlineData("http://host/a%20b%23c%3Fd", "a b#c?d")]
    [InlineData("http://host/100%25.txt", "100%.txt")]
    [InlineData("http://host/100%", "100%")]
    [InlineData("http://host/%E6%97%A5%E6%9C%AC.iso", "日本.iso")]
    [InlineData("http://host/日本/Größe 1.iso", "Größe 1.iso")]
    [InlineData("http://host/a+b;c=d,e", "a+b;c=d,e")]
    [InlineData("http://host/latin%E9.txt", "latin%E9.txt")]
    [InlineData("http://[::1]:8082/big.tar", "big.tar")]
    [InlineData("http://user:pass@host:81/big.tar", "big.tar")]
    [InlineData("http://host/..big..", "..big..")]
    public void The_name_is_the_decoded_last_segment_of_the_path(string url, string name) =>
        Assert.Equal(name, FileUrl.TryParse(url, out _)?.Name);

    [Theory]
    [InlineData("")]
    [InlineData("host/big.tar")]
    [InlineData("/big.tar")]
    [InlineData("ftp://host/big.tar")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://")]
    [InlineData("http:///big.tar")]
    [InlineData("http://host:99999/big.tar")]
    public void Other_than_absolute_http_URLs_are_refused(string url)
    {
        Assert.Null(FileUrl.TryParse(url, out var problem));
        Assert.Contains("http://", problem);
    }

    [Theory]
    [InlineData("http://host")]
    [InlineData("http://host/")]
    [InlineData("http://host/folder/")]
    [InlineData("http://host/?file=big.tar")]
    [InlineData("http://host/a/..")]
    [InlineData("http://host/a/%2e%2E")]
    [InlineData("http://host/..%2Fpasswd")]
    [InlineData("http://host/%2Fetc%2Fpasswd")]
    [InlineData("http://host/..%5Cwindows")]
    [InlineData("http://host/a%00b")]
    [InlineData("http://host/a%0Ab")]
    [InlineData("http://host/a%1B%5B2J")]
    [InlineData("http://host/a%C2%85b")]
    public void Names_that_are_none_or_not_safe_are_refused(string url)
    {
        var parsed = FileUrl.TryParse(url, out _)!;
        Assert.Null(parsed.Name);
        Assert.StartsWith($"'{url}' names", parsed.Problem);
    }

    [Fact]
    public void A_name_may_have_255_bytes_and_no_more()
    {
        Assert.NotNull(Named(new string('x', 255)).Name);
        Assert.Null(Named(new string('x', 256)).Name);
        Assert.Contains("255", Named(new string('x', 256)).Problem);
        Assert.NotNull(Named(new string('ö', 127)).Name);
        Assert.Null(Named(new string('ö', 128)).Name);

        static FileUrl Named(string name) => FileUrl.TryParse($"http://host/{name}", out _)!;
    }

    [Theory]
    [InlineData("http://host/a@b", "http://host/a@b")]
    [InlineData("http://me:secret@host/a@b?c@d", "http://***@host/a@b?c@d")]
    [InlineData("http://me:sec@ret@host/f", "http://***@host/f")]
    [InlineData("http://me:sec/ret@host/f", "http://***@host/f")]
    [InlineData("ftp://me:secret@host/f", "ftp://***@host/f")]
    [InlineData("me:secret@host/f", "***@host/f")]
    public void Passwords_are_hidden(string url, string shown) => Assert.Equal(shown, FileUrl.WithoutUserInfo(url));
}
