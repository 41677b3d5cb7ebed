using System.Text;
using ReliableDownload.Client;

namespace ReliableDownload.Tests.Client.Asking;

public sealed class NetrcTests
{
    [Theory]
    [InlineData("machine h login me password s3cret", "me:s3cret")]
    [InlineData("machine H\n\tlogin me\n\tpassword s3cret\n", "me:s3cret")]
    [InlineData("# a comment\nmachine h login me password #1", "me:#1")]
    [InlineData("machine h login me password \"a \\\"b\\\" c\"", "me:a \"b\" c")]
    [InlineData("machine h account x login me password s3cret", "me:s3cret")]
    [InlineData("machine h macdef init\ncd /x\nmachine h login wrong password wrong\n\nmachine h login me password s3cret", null)]
    [InlineData("macdef init\nmachine h login wrong password wrong\n\nmachine h login me password s3cret", "me:s3cret")]
    [InlineData("machine g login you password x default login me password s3cret", "me:s3cret")]
    [InlineData("machine g login you password x", null)]
    [InlineData("machine h login me", null)]
    [InlineData("", null)]
    public void The_first_entry_that_fits_is_taken(string text, string? pair)
    {
        var found = Netrc.Parse(text).Find("h");
        Assert.Equal(pair, found is null ? null : Encoding.UTF8.GetString(Convert.FromBase64String(found.Parameter)));
    }

    [Theory]
    [InlineData("machine h\nlogin me\npasswort s3cret", "line 3")]
    [InlineData("login me password s3cret", "line 1")]
    [InlineData("machine h login me password", "password")]
    [InlineData("machine h login \"s3cret\nx", "line 1")]
    public void What_is_wrong_is_named_by_its_line(string text, string part)
    {
        var said = Assert.Throws<FormatException>(() => Netrc.Parse(text)).Message;
        Assert.Contains(part, said);
        Assert.DoesNotContain("s3cret", said);
    }
}
