using ReliableDownload.Rd;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The man pages, as the programs print them.</summary>
public sealed class ManPageTests
{
    [Theory]
    [InlineData("rd")]
    [InlineData("rd-api")]
    public async Task Each_option_of_the_help_is_explained(string program)
    {
        var page = (await ProgramHelp.PrintedAsync(program, "--man")).Replace("\\-", "-");
        Assert.All(await ProgramHelp.OptionsAsync(program), option => Assert.Contains($"\\fB{option}\\fR", page));
    }

    [Theory]
    [InlineData("rd")]
    [InlineData("rd-api")]
    public async Task Mandoc_finds_nothing_to_complain_about(string program)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder["page.1"], await ProgramHelp.PrintedAsync(program, "--man"), TestContext.Current.CancellationToken);
        Assert.Equal("", await ProgramHelp.PrintedAsync("/usr/bin/mandoc", "-Tlint", "-Wwarning", folder["page.1"]));
    }

    [Fact]
    public async Task The_default_of_the_cache_is_in_the_reader_s_home_folder()
    {
        await using var process = ProcessRunner.Start("rd-api", ["--man"], null, ("HOME", "/home/builder"), ("XDG_CACHE_HOME", ""));
        Assert.Contains("[default: \\(ti/.cache/rd\\-api/digests.db]", (await process.EndAsync()).Output);
    }

    [Fact]
    public async Task A_reproducible_build_dates_the_page()
    {
        await using var process = ProcessRunner.Start("rd", ["--man"], null, ("SOURCE_DATE_EPOCH", "86400"));
        Assert.StartsWith(".TH RD 1 1970-01-02 ", (await process.EndAsync()).Output);
    }

    [Fact]
    public void Each_exit_code_has_its_meaning()
    {
        var explained = RdManual.ExitStatus.SelectMany(row => row.Codes.Split(", ")).Select(int.Parse);
        Assert.Equal(Enum.GetValues<ExitCode>().Select(code => (int)code), explained.Order());
    }
}
