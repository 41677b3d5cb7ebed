using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The README says what is so.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task The_help_of_rd_is_the_program_s()
    {
        using var folder = new TempFolder();
        Assert.Equal((await RdProcess.RunAsync(folder, "--help")).Output.Trim(), Block("### rd\n"));
    }

    [Fact]
    public async Task The_help_of_rd_api_is_the_program_s()
    {
        await using var program = ProcessRunner.Start("rd-api", ["--help"], null, ("XDG_CACHE_HOME", "/home/me/.cache"));
        Assert.Equal((await program.EndAsync()).Output.Trim(), Block("### rd-api\n"));
    }

    [Fact]
    public void The_library_example_is_the_one_that_is_compiled_here()
    {
        var example = File.ReadAllText(Path.Combine(Repository.Root, "test/ReliableDownload.Tests/EndToEnd/LibraryExample.cs"));
        Assert.Equal(example[(example.IndexOf('\n') + 1)..].Trim(), Block("# The library\n", "docs/library.md"));
    }

    [Fact]
    public async Task The_library_example_downloads()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["f"], "hello");
        await using var server = await RdApiProcess.StartAsync(folder.Path);
        var target = Path.Combine(folder["copy"], "f");
        // Its options leave the temporary folder in the current one, which is the tests' own.
        Assert.True(await Example.Program.FetchAsync(new Uri(server.BaseAddress, "f"), target, TestContext.Current.CancellationToken));
        Assert.Equal("hello", File.ReadAllText(target));
    }

    [Fact]
    public void The_exit_codes_are_those_of_the_man_page()
    {
        var reference = File.ReadAllText(Path.Combine(Repository.Root, "docs/rd.md")).Replace("`", "");
        Assert.All(ReliableDownload.Rd.RdManual.ExitStatus, row => Assert.Contains($"\n| {row.Codes} | {row.Meaning} |\n", reference));
    }

    [Fact]
    public void Each_file_that_it_links_to_is_there()
    {
        var links = Readme().Split("](").Skip(1).Select(rest => rest.Split(')')[0]).ToList();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(File.Exists(Path.Combine(Repository.Root, link.Split('#')[0])), link));
    }

    /// <summary>The first fenced block after a heading.</summary>
    private static string Block(string heading, string file = "README.md")
    {
        var section = $"\n{File.ReadAllText(Path.Combine(Repository.Root, file))}".Split($"\n{heading}", 2)[1];
        return section.Split("```", 3)[1].Split('\n', 2)[1].Trim();
    }

    private static string Readme() => File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
}
