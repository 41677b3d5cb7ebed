using System.Text;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Trees;

/// <summary>What is left out, deleted, compared and only told of when a folder is downloaded.</summary>
public sealed class FolderOptionTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _told = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Only_what_is_included_comes_and_no_folder_without_a_file()
    {
        await using var server = await ScriptedTree.StartAsync(("a.txt", "1"), ("b/c/d.txt", "2"), ("b/e/f.bin", "3"), ("tmp/g.txt", "4"));

        var result = await DownloadAsync(server, new TreeOptions { Include = ["*.txt"], Exclude = ["tmp/"] });

        Assert.Equal((DownloadOutcome.Complete, 2), (result.Outcome, result.Files));
        Assert.Equal(["a.txt", "b", "b/c", "b/c/d.txt"], _folder.NamesBelow("copy"));
        Assert.Equal(["a.txt", "b/c/d.txt"], server.Asked.Order());
    }

    [Fact]
    public async Task What_is_no_longer_on_the_server_is_deleted_but_nothing_that_is_left_out()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "1"), ("d/b", "2"));
        Make("a.old", "d/0", "d/c", "gone/x/y", "gone/z", "kept.log", "mixed/one", "mixed/two.log");
        Directory.CreateSymbolicLink(_folder["copy/link"], _folder.Path);

        var result = await DownloadAsync(server, new TreeOptions { Delete = true, Exclude = ["*.log"] });

        Assert.Equal((DownloadOutcome.Complete, 9), (result.Outcome, result.Deleted));
        Assert.Equal(["a", "d", "d/b", "kept.log", "mixed", "mixed/two.log"], _folder.NamesBelow("copy"));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_looked_through_stays_and_is_told_and_the_rest_is_done()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no modes");
        await using var server = await ScriptedTree.StartAsync(("a", "1"), ("z", "2"));
        Directory.CreateDirectory(_folder["data/secret/closed"]);
        File.WriteAllText(_folder["data/old"], "mine");
        File.SetUnixFileMode(_folder["data/secret/closed"], UnixFileMode.None);

        var end = await RdProcess.StartInShell(_folder, Fault.WithoutPrivileges, "-r", "--delete", server.Url.AbsoluteUri).EndAsync();

        File.SetUnixFileMode(_folder["data/secret/closed"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(["a", "secret", "secret/closed", "z"], _folder.NamesBelow("data"));
        Assert.Contains("secret/closed", end.Error, StringComparison.Ordinal);
        Assert.Contains("stays", end.Error, StringComparison.Ordinal);
        Assert.Equal(3, end.ExitCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Names_to_be_deleted_may_be_more_than_are_kept_in_memory(bool isDryRun)
    {
        const int Count = 6000;
        await using var server = await ScriptedTree.StartAsync(("a", "1"));
        Make([.. Enumerable.Range(0, Count).Select(i => $"{i:0000}-{new string('x', 200)}")]);

        var result = await DownloadAsync(server, new TreeOptions { Delete = true, MaxDelete = Count, DryRun = isDryRun });

        Assert.Equal((DownloadOutcome.Complete, Count), (result.Outcome, result.Deleted));
        Assert.Equal(isDryRun ? Count : 1, _folder.NamesBelow("copy").Count());
        Assert.Equal(isDryRun ? Count : 0, _told.Count(text => text.StartsWith("would delete '", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_folder_that_is_left_out_keeps_its_mode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no modes");
        await using var server = await ScriptedTree.StartAsync();
        Make("mine/x", "theirs/x");
        server.OnList = async (context, _) =>
        {
            await ScriptedTree.SendListAsync(
                context, server.Head, """{"type":"folder","path":"mine/","mode":"700"}""", """{"type":"folder","path":"theirs/","mode":"700"}""", """{"type":"end","files":0,"folders":2}""");
            return true;
        };
        var before = File.GetUnixFileMode(_folder["copy/mine"]);

        await DownloadAsync(server, new TreeOptions { Exclude = ["mine/"] });

        Assert.Equal(before, File.GetUnixFileMode(_folder["copy/mine"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["copy/theirs"]));
    }

    [Fact]
    public async Task Nothing_is_deleted_where_it_would_be_too_much()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "1"));
        Make("x/1", "x/2", "y");

        var result = await DownloadAsync(server, new TreeOptions { Delete = true, MaxDelete = 3 });

        Assert.Equal((DownloadOutcome.LocalFile, 0), (result.Outcome, result.Deleted));
        Assert.Contains("--max-delete", result.Message, StringComparison.Ordinal);
        Assert.Equal(["a", "x", "x/1", "x/2", "y"], _folder.NamesBelow("copy"));
        Assert.Equal(4, (await DownloadAsync(server, new TreeOptions { Delete = true, MaxDelete = 4 })).Deleted);
    }

    [Fact]
    public async Task Nothing_is_deleted_after_a_list_that_is_not_complete()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "1"));
        Make("y");
        server.OnList = async (context, _) =>
        {
            await ScriptedTree.SendListAsync(context, [.. server.Lines().SkipLast(1), """{"type":"skipped","path":"secret/","msg":"may not be read"}""", """{"type":"end","files":1,"folders":0}"""]);
            return true;
        };

        var result = await DownloadAsync(server, new TreeOptions { Delete = true });

        Assert.Equal((DownloadOutcome.Http, 0, 1), (result.Outcome, result.Deleted, result.Failed));
        Assert.True(File.Exists(_folder["copy/y"]));
        Assert.Contains(_told, message => message.Contains("nothing is deleted", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("d/b")]
    [InlineData("d/")]
    public async Task Nothing_is_deleted_after_a_list_with_less_than_it_says_at_its_end(string lost)
    {
        await using var server = await ScriptedTree.StartAsync(("a", "1"), ("d/b", "2"));
        await DownloadAsync(server, new TreeOptions());
        server.OnList = async (context, _) =>
        {
            await ScriptedTree.SendListAsync(context, server.Lines(context.Request.Query["after"].FirstOrDefault()).Where(line => !line.Contains($"\"path\":\"{lost}\"", StringComparison.Ordinal)));
            return true;
        };

        var result = await DownloadAsync(server, new TreeOptions { Delete = true });

        Assert.Equal((DownloadOutcome.Protocol, 0), (result.Outcome, result.Deleted));
        Assert.Contains("fewer files than it says", result.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["copy/d/b"]));
    }

    [Fact]
    public async Task A_dry_run_tells_and_does_nothing()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "1"), ("b", "2"), ("d/c", "3"));
        Make("b", "old");

        var result = await DownloadAsync(server, new TreeOptions { Delete = true, DryRun = true });

        Assert.Equal((DownloadOutcome.Complete, 2, 1, 1), (result.Outcome, result.Fetched, result.Replaced, result.Deleted));
        Assert.Equal(["would fetch 'a', 1 bytes", "would replace 'b', 1 bytes", "would fetch 'd/c', 1 bytes", "would delete 'old'"], _told);
        Assert.Equal(["b", "old"], _folder.NamesBelow("copy"));
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task A_dry_run_knows_that_file_systems_keep_times_less_exactly()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "1"));
        server.Modified += TimeSpan.FromMilliseconds(123);
        await DownloadAsync(server, new TreeOptions());
        // As ext3 keeps it.
        File.SetLastWriteTimeUtc(_folder["copy/a"], server.Modified.UtcDateTime.AddMilliseconds(-123));

        Assert.Equal(1, (await DownloadAsync(server, new TreeOptions { DryRun = true })).Kept);
        Assert.Equal(1, (await DownloadAsync(server, new TreeOptions())).Replaced);
    }

    [Fact]
    public async Task A_dry_run_needs_no_folder()
    {
        await using var server = await ScriptedTree.StartAsync(("d/c", "3"));

        Assert.Equal(1, (await DownloadAsync(server, new TreeOptions { Delete = true, DryRun = true })).Fetched);
        Assert.False(Directory.Exists(_folder["copy"]));
    }

    [Fact]
    public async Task A_file_of_the_same_size_and_time_is_different_only_by_its_bytes()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"));
        await DownloadAsync(server, new TreeOptions());
        server.Files["a"] = Encoding.UTF8.GetBytes("1st");
        File.SetLastWriteTimeUtc(_folder["copy/b"], DateTime.UnixEpoch);

        Assert.Equal((1, 1), await DownloadAsync(server, new TreeOptions { CompareContent = true }) is var result ? (result.Kept, result.Replaced) : default);
        Assert.Equal("1st", await File.ReadAllTextAsync(_folder["copy/a"], TestContext.Current.CancellationToken));
        Assert.Equal(server.Modified.UtcDateTime, File.GetLastWriteTimeUtc(_folder["copy/b"]));
    }

    [Fact]
    public async Task Without_times_files_are_compared_by_their_bytes()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"));
        var options = new DownloadOptions { KeepServerTime = false };
        await DownloadAsync(server, new TreeOptions(), options);
        server.Asked.Clear();

        var result = await DownloadAsync(server, new TreeOptions(), options);

        Assert.Equal(2, result.Kept);
        Assert.Empty(server.Asked);
        Assert.NotEqual(server.Modified.UtcDateTime, File.GetLastWriteTimeUtc(_folder["copy/b"]));
    }

    [Fact]
    public async Task What_an_earlier_copy_has_is_linked_from_there_once_it_is_proven()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("d/b", "two"), ("d/c", "three"), ("e", "four"));
        await DownloadAsync(server, new TreeOptions());
        Directory.Move(_folder["copy"], _folder["earlier"]);
        server.Files["d/c"] = Encoding.UTF8.GetBytes("another");
        // As if the disk had changed a bit of it.
        File.WriteAllText(_folder["earlier/e"], "fuor");
        File.SetLastWriteTimeUtc(_folder["earlier/e"], server.Modified.UtcDateTime);
        server.Asked.Clear();

        var result = await DownloadAsync(server, new TreeOptions { LinkFrom = _folder["earlier"] });

        Assert.Equal((DownloadOutcome.Complete, 2, 2), (result.Outcome, result.Linked, result.Fetched));
        Assert.Equal(["d/c", "e"], server.Asked.Order());
        Assert.Equal("four", await File.ReadAllTextAsync(_folder["copy/e"], TestContext.Current.CancellationToken));
        Assert.Equal("fuor", await File.ReadAllTextAsync(_folder["earlier/e"], TestContext.Current.CancellationToken));
        Assert.Equal("three", await File.ReadAllTextAsync(_folder["earlier/d/c"], TestContext.Current.CancellationToken));
        Assert.Equal("two", await File.ReadAllTextAsync(_folder["copy/d/b"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_link_into_an_earlier_copy_does_not_change_what_is_there()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no modes");
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"));
        await DownloadAsync(server, new TreeOptions());
        Directory.Move(_folder["copy"], _folder["earlier"]);
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.SetUnixFileMode(_folder["earlier/a"], Own);

        for (var run = 0; run < 2; run++)
        {
            Assert.Equal(DownloadOutcome.Complete, (await DownloadAsync(server, new TreeOptions { LinkFrom = _folder["earlier"] })).Outcome);
            Assert.Equal(Own, File.GetUnixFileMode(_folder["earlier/a"]));
            Assert.Equal(Own | UnixFileMode.GroupRead, File.GetUnixFileMode(_folder["copy/a"]));
        }
    }

    private void Make(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"copy/{name}"])!);
            File.WriteAllText(_folder[$"copy/{name}"], "mine");
        }
    }

    private Task<TreeResult> DownloadAsync(ScriptedTree server, TreeOptions tree, DownloadOptions? options = null) =>
        server.DownloadAsync(_folder["copy"], tree, (options ?? ScriptedTree.Impatient) with { OnEvent = happening => _told.Add(happening.Message) });
}
