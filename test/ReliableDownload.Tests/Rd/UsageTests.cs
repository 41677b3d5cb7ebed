using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Rd;

public sealed class UsageTests
{
    [Theory]
    [InlineData("-h")]
    [InlineData("--help")]
    public async Task Help_goes_to_standard_output(string option)
    {
        using var folder = new TempFolder();
        var end = await RdProcess.RunAsync(folder, option);
        Assert.Equal(0, end.ExitCode);
        Assert.Contains("rd <URL>... [options]", end.Output);
        Assert.Equal("", end.Error);
    }

    [Theory]
    [InlineData("-V")]
    [InlineData("--version")]
    public async Task The_version_goes_to_standard_output(string option)
    {
        using var folder = new TempFolder();
        var end = await RdProcess.RunAsync(folder, option);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        Assert.Matches(@"^rd 2\.0\.0 \(([0-9a-f]{7}, )?[a-z]+-[a-z0-9]+\)\n$", end.Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--nothing http://h/f", "'--nothing'")]
    [InlineData("-w many http://h/f", "--worker", "1 to 64", "'many'")]
    [InlineData("-w 0 http://h/f", "--worker")]
    [InlineData("-w 65 http://h/f", "--worker")]
    [InlineData("-w 1 -w 2 http://h/f", "'-w'")]
    [InlineData("-r 0 http://h/f", "--block-max-retry")]
    [InlineData("-r -1 http://h/f", "--block-max-retry")]
    [InlineData("-i 0 http://h/f", "--progress-interval")]
    [InlineData("-i NaN http://h/f", "--progress-interval")]
    [InlineData("http://h/f -o", "'-o'")]
    [InlineData("-k -l http://h/f", "--keep", "--rolling-combine")]
    [InlineData("h/f", "'h/f'", "http://")]
    [InlineData("@f", "http://")]
    [InlineData("[suggest:5] http://h/f", "'[suggest:5]'")]
    [InlineData("http://h/folder/", "folder")]
    [InlineData("http://h/f http://h/a%2Fb", "a%2Fb")]
    [InlineData("http://h/1/same%20name http://g/2/same%20name?x", "'same name'")]
    [InlineData("http://me:secret@h/", "http://***@h/")]
    public async Task What_makes_no_sense_is_told_in_one_line_before_anything_is_done(string arguments, params string[] parts)
    {
        using var folder = new TempFolder();
        var end = await RdProcess.RunAsync(folder, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, end.ExitCode);
        Assert.Equal("", end.Output);
        Assert.StartsWith("rd: ", end.Error);
        Assert.EndsWith(". Try rd --help.\n", end.Error);
        Assert.Equal(1, end.Error.Count(character => character == '\n'));
        Assert.All(parts, part => Assert.Contains(part, end.Error));
        Assert.DoesNotContain("secret", end.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task An_empty_folder_name_is_refused()
    {
        using var folder = new TempFolder();
        var end = await RdProcess.RunAsync(folder, "--temp-dir", "", "http://h/f");
        Assert.Equal(2, end.ExitCode);
        Assert.Contains("--temp-dir", end.Error);
    }
}
