using System.Diagnostics;
using ReliableDownload.Rd;

namespace ReliableDownload.Tests.Rd;

public sealed class ContinueCommandTests
{
    [Fact]
    public void Plain_arguments_stay_as_they_are() =>
        Assert.Equal("rd -w 3 http://host:8082/big.tar", ContinueCommand.Of(["-w", "3", "http://host:8082/big.tar"]));

    [Fact]
    public void A_password_is_not_repeated() =>
        Assert.Equal("rd 'http://***@host/big.tar'", ContinueCommand.Of(["http://me:secret@host/big.tar"]));

    [Theory]
    [InlineData("-H|X-Key: secret|-v", "rd -H 'X-Key: ***' -v")]
    [InlineData("--header=X-Key: secret", "rd '--header=X-Key: ***'")]
    [InlineData("-HX-Key: secret", "rd '-HX-Key: ***'")]
    [InlineData("-fqH|X-Key: secret", "rd -fqH 'X-Key: ***'")]
    [InlineData("-4HX-Key: secret", "rd '-4HX-Key: ***'")]
    [InlineData("-oHome|-o|-H", "rd -oHome -o -H")]
    [InlineData("--user|me:secret", "rd --user me")]
    [InlineData("--user=me:secret", "rd --user=me")]
    [InlineData("--user:me:secret", "rd --user=me")]
    [InlineData("--proxy|http://me:secret@proxy:3128", "rd --proxy 'http://***@proxy:3128'")]
    [InlineData("--proxy=me:secret@proxy:3128", "rd '--proxy=***@proxy:3128'")]
    public void What_lets_in_is_not_repeated(string arguments, string command) => Assert.Equal(command, ContinueCommand.Of(arguments.Split('|')));

    [Fact]
    public async Task A_shell_reads_back_what_was_given()
    {
        string[] arguments =
            ["http://host/a b?c=d&e=$HOME", "it's", "", "*", "`id`", "\"\\", "~", "日本", "a\nb", "-o", "/home/me@work", "#x", "!!", "{a,b}"];
        var script = ContinueCommand.Of(arguments)[2..];

        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"printf '%s\\0' {script}"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(arguments, output.Split('\0')[..^1]);
    }
}
