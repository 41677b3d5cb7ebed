using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Rd;

public sealed class UsageTests
{
    [Theory]
    [InlineData("-h")]
    [InlineData("--help")]
    [InlineData("--help=false")]
    public async Task Help_goes_to_standard_output(string option)
    {
        using var folder = new TempFolder();
        var end = await RdProcess.RunAsync(folder, option);
        Assert.Equal(0, end.ExitCode);
        Assert.Contains("rd [<URL>...] [options]", end.Output);
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
    [InlineData("", "URL of a file")]
    [InlineData("http://h:99999/f", "'http://h:99999/f'", "port")]
    [InlineData("http://h:99999/rd", "'http://h:99999/rd'", "port")]
    [InlineData("--nothing http://h/f", "'--nothing'")]
    [InlineData("-w many http://h/f", "--worker", "64", "'many'")]
    [InlineData("-w 0 http://h/f", "--worker")]
    [InlineData("-w 1 -w 2 http://h/f", "'-w'")]
    [InlineData("-r -1 http://h/f", "--block-max-retry")]
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
    [InlineData("-r --checksum md5=00000000000000000000000000000000 http://h/d/", "--checksum", "folder")]
    [InlineData("-r --mirror http://g/d/ http://h/d/", "--mirror", "folder")]
    [InlineData("--recursive-plain --mirror http://g/d/ http://h/d/", "--mirror", "folder")]
    [InlineData("-r --proof SHA256SUMS http://h/d/", "--proof", "folder")]
    [InlineData("-H secret http://h/f", "--header", "'Name: value'")]
    [InlineData("-H Range:secret http://h/f", "--header", "Range")]
    [InlineData("--user :secret http://h/f", "--user")]
    [InlineData("--user me:secret --bearer-file f http://h/f", "--user", "--bearer-file")]
    [InlineData("--proxy ftp://me:secret@h http://h/f", "--proxy")]
    [InlineData("-4 -6 http://h/f", "-4", "-6")]
    [InlineData("--key f http://h/f", "--key", "--cert")]
    [InlineData("--cacert f --insecure http://h/f", "--cacert", "--insecure")]
    [InlineData("--limit-rate fast http://h/f", "--limit-rate", "'fast'")]
    [InlineData("--limit-rate -1 http://h/f", "--limit-rate")]
    [InlineData("--max-time 1e9 http://h/f", "--max-time", "'1e9'")]
    [InlineData("--connect-timeout NaN http://h/f", "--connect-timeout")]
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

    [Theory]
    [InlineData("--fore", "--force")]
    [InlineData("--workers=3", "--worker")]
    [InlineData("--usr=me:secret", "--user")]
    [InlineData("--tmp-dir", "--temp-dir")]
    public async Task A_mistyped_option_is_answered_with_the_one_that_was_meant(string typed, string meant)
    {
        using var folder = new TempFolder();
        var end = await RdProcess.RunAsync(folder, typed, "http://h/f");
        Assert.Equal(new RdEnd(2, "", $"rd: There is no option '{typed.Split('=')[0]}'; did you mean {meant}? Try rd --help.\n"), end);
    }

    [Theory]
    [InlineData("-o", "file")]
    [InlineData("-d", "file/in/it")]
    public async Task A_file_where_a_folder_is_needed_is_named(string option, string path)
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "file"), "", TestContext.Current.CancellationToken);
        var end = await RdProcess.RunAsync(folder, option, path, "http://127.0.0.1:1/f");
        Assert.Equal(3, end.ExitCode);
        Assert.Contains($"'{Path.Combine(folder.Path, "file")}' is a file where a folder is needed", end.Error);
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_the_target_is_refused_and_not_waited_for()
    {
        using var folder = new TempFolder();
        SpecialFiles.CreateFifo(Path.Combine(folder.Path, "f"));
        var end = await RdProcess.RunAsync(folder, "http://127.0.0.1:1/f");
        Assert.Equal(3, end.ExitCode);
        Assert.Contains("is a pipe", end.Error);
    }

    [Fact]
    public async Task A_closed_standard_error_costs_the_messages_and_nothing_else()
    {
        using var folder = new TempFolder();
        await using var shell = RdProcess.StartInShell(folder, "exec \"$0\" \"$@\" 2>&-", "http://127.0.0.1:1/f", "-r", "1");
        Assert.Equal(new RdEnd(4, "", ""), await shell.EndAsync());
    }

    [Theory]
    [InlineData("ulimit -n 32")]
    [InlineData("ulimit -v 2000000")]
    [InlineData("ulimit -v 500000")] // Only a native rd starts.
    public async Task A_system_that_gives_too_little_is_no_fault_to_report(string limit)
    {
        using var folder = new TempFolder();
        await using var shell = RdProcess.StartInShell(folder, $"{limit}; exec \"$0\" \"$@\"", "http://127.0.0.1:1/f", "-r", "1");
        var end = await shell.EndAsync();
        Assert.InRange(end.ExitCode, 1, 13);
        Assert.StartsWith("rd: ", end.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("unforeseen", end.Error);
        Assert.DoesNotContain("\uFFFD", end.Error);
        Assert.DoesNotContain("   at ", end.Error);
    }

    [Fact]
    public async Task Too_few_addresses_are_said_before_the_runtime_fails()
    {
        using var folder = new TempFolder();
        await using var shell = RdProcess.StartInShell(folder, "exec prlimit --as=500000000 \"$0\" \"$@\"", "http://127.0.0.1:1/f", "-r", "1");
        var end = await shell.EndAsync();
        // Only a native rd comes as far as saying so itself; the other one's runtime does in its own words.
        if (end.Error.Contains("CoreCLR", StringComparison.Ordinal))
            Assert.NotEqual(0, end.ExitCode);
        else
            Assert.Equal((1, "rd: the system allows this process 476 MiB of addresses, and rd needs 640 MiB at least; raise the limit (ulimit -v)\n"), (end.ExitCode, end.Error));
    }

    [Fact]
    public async Task Values_that_rd_1_took_are_taken()
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([1, 2, 3]);

        Assert.Equal(0, (await RdProcess.RunAsync(folder, "-r", "0", "-i", "0", "-w", "500", server.Url.AbsoluteUri)).ExitCode);
    }

    [Fact]
    public async Task Without_retries_the_first_failure_is_the_last()
    {
        using var folder = new TempFolder();
        await using var server = await ScriptedServer.StartAsync([1, 2, 3]);
        server.OnMetadata = (context, _) =>
        {
            context.Abort();
            return Task.FromResult(true);
        };

        Assert.Equal(4, (await RdProcess.RunAsync(folder, "-r", "0", server.Url.AbsoluteUri)).ExitCode);
        Assert.Equal(1, server.MetadataRequests);
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
