using System.Text;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Trees;

/// <summary>Names that are two on the server and one on disk: the second is refused, told and counted, and takes nobody's place.</summary>
public sealed class NameClashTests : IDisposable
{
    private const string Reason = "is the same as another name of the list";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Encoded, so that their text has the order of their bytes.
    public static TheoryData<string, string> Pairs => new()
    {
        { "%41", "%61" },
        { "%45%CC%81", "%C3%89" },
        { "%C3%89", "%C3%A9" },
        { "%53tra%C3%9Fe", "%73trasse" },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Of_two_new_files_one_is_refused(string one, string other)
    {
        await using var disk = await FoldingDisk.StartAsync();
        // The tree's own folder is not one of those.
        await using var server = await ScriptedTree.StartAsync(($"folding/{one}", "one"), ($"folding/{other}", "other"), ("folding/%F0%9F%98%80", "else"));
        for (var run = 0; run < 2; run++)
        {
            server.Asked.Clear();
            // This file system of ours keeps no times.
            var result = await server.DownloadAsync(disk.Root, new TreeOptions { CompareContent = true });

            Assert.Equal((DownloadOutcome.Protocol, 1), (result.Outcome, result.Failed));
            Assert.Equal(run == 0 ? (2, 0) : (0, 2), (result.Fetched, result.Kept));
            Assert.Contains(Reason, result.Reasons.Single().Reason, StringComparison.Ordinal);
            // Which of two that come together is first does not matter.
            var name = Directory.EnumerateFiles(disk["folding"]).Select(Path.GetFileName).Single(name => name != "\U0001F600")!;
            Assert.Equal(name == Uri.UnescapeDataString(one) ? "one" : "other", await File.ReadAllTextAsync(disk[$"folding/{name}"], TestContext.Current.CancellationToken));
            if (run == 1)
                Assert.Empty(server.Asked);
        }
    }

    [Fact]
    public async Task A_file_that_got_its_name_before_the_list_told_the_other_is_not_replaced()
    {
        await using var disk = await FoldingDisk.StartAsync();
        await using var server = await ScriptedTree.StartAsync(("folding/A", "one"), ("folding/a", "other"));
        server.OnList = async (context, _) =>
        {
            var lines = server.Lines().ToList();
            await ScriptedTree.SendListAsync(context, lines[..3]);
            await context.Response.Body.FlushAsync();
            await Eventually.IsTrueAsync(
                async () =>
                {
                    // A list that is silent for long is asked for again.
                    await context.Response.Body.WriteAsync("{\"type\":\"wait\"}\n"u8.ToArray());
                    await context.Response.Body.FlushAsync();
                    return File.Exists(disk["folding/A"]);
                },
                "the first has its name");
            foreach (var line in lines[3..])
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
            return true;
        };

        var result = await server.DownloadAsync(disk.Root);

        Assert.Equal((DownloadOutcome.Protocol, 1, 1), (result.Outcome, result.Fetched, result.Failed));
        Assert.Equal(("folding/a", "one"), (result.Reasons.Single().Path, await File.ReadAllTextAsync(disk["folding/A"], TestContext.Current.CancellationToken)));
        Assert.Equal(["folding/A"], server.Asked);
    }

    [Fact]
    public async Task Of_two_names_of_one_file_that_is_here_the_first_counts()
    {
        await using var disk = await FoldingDisk.StartAsync();
        await using var server = await ScriptedTree.StartAsync(("folding/A", "one"), ("folding/a", "other"));
        Directory.CreateDirectory(disk["folding"]);
        await File.WriteAllTextAsync(disk["folding/a"], "mine", TestContext.Current.CancellationToken);

        var result = await server.DownloadAsync(disk.Root);

        Assert.Equal((DownloadOutcome.Protocol, 1, 1), (result.Outcome, result.Replaced, result.Failed));
        Assert.Equal("one", await File.ReadAllTextAsync(disk["folding/a"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*.txt")]
    public async Task A_folder_is_refused_with_all_that_is_in_it(string include)
    {
        await using var disk = await FoldingDisk.StartAsync();
        await using var server = await ScriptedTree.StartAsync(("folding/D/x.txt", "one"), ("folding/d/e/y.txt", "two"), ("folding/d/x.txt", "three"), ("folding/f.txt", "four"));

        var result = await server.DownloadAsync(disk.Root, new TreeOptions { Include = include.Length > 0 ? [include] : [] });

        Assert.Equal((DownloadOutcome.Protocol, 2, 4), (result.Outcome, result.Fetched, result.Failed));
        Assert.Equal("one", await File.ReadAllTextAsync(disk["folding/D/x.txt"], TestContext.Current.CancellationToken));
        Assert.Equal(["folding/d", "folding/d/e", "folding/d/e/y.txt", "folding/d/x.txt"], result.Reasons.Select(reason => reason.Path));
    }

    [Fact]
    public async Task The_hidden_folder_is_not_reached_by_another_spelling()
    {
        await using var disk = await FoldingDisk.StartAsync();
        await using var server = await ScriptedTree.StartAsync((".RD-TREE/lock", "evil"), ("a", "one"));

        var result = await server.DownloadAsync(disk["folding"]);

        Assert.Equal((DownloadOutcome.Protocol, 1, 2), (result.Outcome, result.Fetched, result.Failed));
        Assert.Equal([disk["folding/a"]], Directory.EnumerateFileSystemEntries(disk["folding"]));
    }

    [Fact]
    public async Task What_is_only_spelt_otherwise_here_is_not_deleted()
    {
        await using var disk = await FoldingDisk.StartAsync();
        await using var server = await ScriptedTree.StartAsync(("folding/name", "one"), ("folding/photos/x", "two"), ("folding/photos/y", "three"));
        Directory.CreateDirectory(disk["folding/Photos"]);
        foreach (var name in new[] { "NAME", "Photos/x", "Photos/old", "old" })
            await File.WriteAllTextAsync(disk[$"folding/{name}"], "mine", TestContext.Current.CancellationToken);

        var result = await server.DownloadAsync(disk.Root, new TreeOptions { Delete = true });

        Assert.Equal((DownloadOutcome.Complete, 2, 1, 2), (result.Outcome, result.Replaced, result.Fetched, result.Deleted));
        Assert.Equal(
            ["NAME", "Photos", "x", "y"],
            Directory.EnumerateFileSystemEntries(disk["folding"], "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal("one", await File.ReadAllTextAsync(disk["folding/name"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_is_kept_and_cannot_get_its_mode_has_failed_and_the_others_come()
    {
        await using var disk = await FoldingDisk.StartAsync();
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("theirs", "two"), ("z", "three"));
        await File.WriteAllTextAsync($"{disk.Root}/theirs", "two", TestContext.Current.CancellationToken);

        var result = await server.DownloadAsync(disk.Root, new TreeOptions { CompareContent = true });

        Assert.Equal((DownloadOutcome.LocalFile, 2, 0, 1), (result.Outcome, result.Fetched, result.Kept, result.Failed));
        Assert.Equal("theirs", result.Reasons.Single().Path);
    }

    [Fact]
    public async Task Two_names_of_a_file_that_are_its_own_are_no_clash()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "one"), ("c", "two"));
        await server.DownloadAsync(_folder["copy"]);
        File.Delete(_folder["copy/b"]);
        await Tool.RunAsync(_folder.Path, "ln", _folder["copy/a"], _folder["copy/b"]);

        var result = await server.DownloadAsync(_folder["copy"]);

        Assert.Equal((DownloadOutcome.Complete, 3), (result.Outcome, result.Kept));
    }

    [Fact]
    public async Task A_file_that_another_program_makes_meanwhile_is_left_as_it_is()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"));
        server.OnFiles = async (_, _, _) =>
        {
            await File.WriteAllTextAsync(_folder["copy/a"], "somebody's");
            return false;
        };

        var result = await server.DownloadAsync(_folder["copy"]);

        Assert.Equal((DownloadOutcome.LocalFile, 1, 1), (result.Outcome, result.Fetched, result.Failed));
        Assert.Contains("another program", result.Reasons.Single().Reason, StringComparison.Ordinal);
        Assert.Equal("somebody's", await File.ReadAllTextAsync(_folder["copy/a"], TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(_folder["copy/.rd-tree"]));
    }
}
