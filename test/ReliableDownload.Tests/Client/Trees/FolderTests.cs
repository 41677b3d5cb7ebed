using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Client.Trees;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Trees;

/// <summary>Whole folders, from a server that can be told to do anything.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_files_come_with_their_bytes_times_and_modes()
    {
        await using var server = await ScriptedTree.StartAsync(("a.txt", "one"), ("b/c%20d/e.txt", "two"), ("b/empty", ""));

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Complete, 3, 3, 0), (result.Outcome, result.Files, result.Fetched, result.Failed));
        Assert.Equal("two", await File.ReadAllTextAsync(_folder["copy/b/c d/e.txt"], TestContext.Current.CancellationToken));
        Assert.Equal(0, new FileInfo(_folder["copy/b/empty"]).Length);
        Assert.Equal(server.Modified.UtcDateTime, File.GetLastWriteTimeUtc(_folder["copy/a.txt"]));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(_folder["copy/a.txt"]));
        Assert.False(Directory.Exists(_folder["copy/.rd-tree"]));
    }

    [Fact]
    public async Task A_second_run_fetches_only_what_changed()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"), ("c", "three"));
        await DownloadAsync(server);
        server.Files["b"] = Encoding.UTF8.GetBytes("another");
        server.Files["d"] = Encoding.UTF8.GetBytes("new");
        server.Asked.Clear();

        var result = await DownloadAsync(server);

        Assert.Equal((2, 1, 1), (result.Kept, result.Replaced, result.Fetched));
        Assert.Equal(["b", "d"], server.Asked.Order());
        Assert.Equal("another", await File.ReadAllTextAsync(_folder["copy/b"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("whole")]
    [InlineData("cut")]
    [InlineData("damaged")]
    public async Task A_list_may_come_compressed_and_is_asked_for_again_where_it_came_badly(string first)
    {
        await using var server = await ScriptedTree.StartAsync([.. Enumerable.Range(0, 50).Select(i => ($"f{i:00}/x", $"{i}"))]);
        var asked = new List<string>();
        server.OnList = async (context, number) =>
        {
            asked.Add(context.Request.Headers.AcceptEncoding.ToString());
            var list = Compressed(server.Lines(context.Request.Query["after"].FirstOrDefault()));
            if (number == 0 && first == "damaged")
                list.AsSpan(list.Length / 2, 16).Fill(0xFF);
            context.Response.ContentType = "application/x-ndjson";
            context.Response.Headers.ContentEncoding = "gzip";
            await context.Response.Body.WriteAsync(number == 0 && first == "cut" ? list.AsMemory(0, list.Length / 2) : list);
            return true;
        };

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Complete, 50), (result.Outcome, result.Fetched));
        Assert.Equal(first == "whole" ? ["gzip"] : ["gzip", "gzip"], asked);
    }

    [Fact]
    public async Task A_list_that_is_cut_goes_on_behind_its_last_line()
    {
        await using var server = await ScriptedTree.StartAsync([.. Enumerable.Range(0, 50).Select(i => ($"f{i:00}/x", $"{i}"))]);
        var asked = new List<string?>();
        server.OnList = async (context, number) =>
        {
            asked.Add(context.Request.Query["after"].FirstOrDefault());
            if (number > 0)
                return false;
            await ScriptedTree.SendListAsync(context, server.Lines().Take(20));
            return true;
        };

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Complete, 50), (result.Outcome, result.Fetched));
        Assert.Equal(2, asked.Count);
        Assert.StartsWith("f", asked[1]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_is_cut_behind_each_of_its_lines_comes_all_the_same()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "1"), ("d%20/e/f", "2"), ("d%20/g", "3"), ("h/i", "4"));
        server.OnList = async (context, _) =>
        {
            var lines = server.Lines(context.Request.Query["after"].FirstOrDefault()).ToList();
            await ScriptedTree.SendListAsync(context, lines.Count > 2 ? lines.Take(2) : lines);
            return true;
        };

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Complete, "", 4), (result.Outcome, result.Message, result.Fetched));
    }

    [Fact]
    public async Task Names_that_the_server_cannot_look_at_count_once_though_the_list_was_cut_behind_them()
    {
        string[] skipped = [.. new[] { "d/b", "d/c", "d/e" }.Select(name => $$"""{"type":"skipped","path":"{{name}}","msg":"it may not be read"}""")];
        await using var server = await ScriptedTree.StartAsync(("d/a", "1"), ("z", "2"));
        server.OnList = async (context, number) =>
        {
            await ScriptedTree.SendListAsync(context, number == 0 ? [.. server.Lines().Take(3), .. skipped[..2]] : [server.Head, .. skipped, .. server.Lines("d/a").Skip(1)]);
            return true;
        };

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Http, 2, 3), (result.Outcome, result.Fetched, result.Failed));
    }

    [Fact]
    public async Task A_disk_that_tells_another_owner_of_all_files_takes_folders()
    {
        await using var disk = await FoldingDisk.StartAsync(owner: "12345");
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b/c", "two"));

        for (var run = 0; run < 2; run++)
        {
            var result = await server.DownloadAsync(disk["copy"]);
            Assert.Equal((DownloadOutcome.Complete, ""), (result.Outcome, result.Message));
            // As an interrupted run leaves it.
            Directory.CreateDirectory(disk["copy/.rd-tree"]);
        }
    }

    [Fact]
    public async Task A_server_whose_answers_never_bring_a_whole_file_is_given_up()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"));
        server.OnFiles = async (context, _, _) =>
        {
            await context.Response.WriteAsync("""{"type":"cont""");
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };

        var result = await server.DownloadAsync(_folder["copy"], options: ScriptedTree.Impatient with { MaxOutage = TimeSpan.FromMilliseconds(1) })
            .WaitAsync(ProcessRunner.Limit, TestContext.Current.CancellationToken);

        Assert.Equal((DownloadOutcome.Network, 0), (result.Outcome, result.Fetched));
    }

    [Fact]
    public async Task A_server_that_lists_too_many_folders_is_asked_again_until_it_does_not()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"));
        server.OnList = async (context, number) =>
        {
            if (number < 2 * ScriptedTree.Impatient.MaxAttempts)
                await ScriptedTree.SendListAsync(context, server.Head, """{"type":"error","msg":"too many","retry_after":0}""");
            return number < 2 * ScriptedTree.Impatient.MaxAttempts;
        };

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Complete, "", 1), (result.Outcome, result.Message, result.Fetched));
    }

    [Fact]
    public async Task What_the_server_cannot_read_counts_once_though_the_list_was_cut_behind_it()
    {
        const string Skipped = """{"type":"skipped","path":"d/","msg":"it may not be read"}""";
        await using var server = await ScriptedTree.StartAsync(("d/a", "1"), ("z", "2"));
        var (head, folder) = (server.Head, server.Lines().ElementAt(1));
        server.OnList = async (context, number) =>
        {
            await ScriptedTree.SendListAsync(context, number == 0 ? [head, folder, Skipped] : [head, Skipped, .. server.Lines("d/a").Skip(1)]);
            return true;
        };

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Http, 1, 1), (result.Outcome, result.Fetched, result.Failed));
    }

    [Fact]
    public async Task What_came_before_an_answer_was_cut_is_not_asked_for_again()
    {
        await using var server = await ScriptedTree.StartAsync([.. Enumerable.Range(0, 40).Select(i => ($"f{i:00}", $"content {i}"))]);
        server.OnFiles = async (context, number, wanted) =>
        {
            if (number > 0)
                return false;
            foreach (var path in wanted.Take(5))
                await server.SendFileAsync(context, path, server.Files[path]);
            // A reset could overtake them.
            return true;
        };

        var result = await DownloadAsync(server, connections: 1);

        Assert.Equal((DownloadOutcome.Complete, 40), (result.Outcome, result.Fetched));
        Assert.All(server.Asked.GroupBy(path => path).Where(twice => twice.Count() > 1), twice => Assert.True(string.CompareOrdinal(twice.Key, "f05") >= 0, twice.Key));
    }

    [Fact]
    public async Task What_was_proven_before_it_got_its_time_has_it_in_the_end()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"));
        var digest = Convert.ToHexStringLower(SHA256.HashData("one"u8));
        var hash = Convert.ToHexStringLower(SHA256.HashData("a"u8).AsSpan(0, 16));
        // As a kill leaves it between its last byte and its time.
        Directory.CreateDirectory(_folder["copy/.rd-tree/0"]);
        await File.WriteAllTextAsync(_folder[$"copy/.rd-tree/0/{hash}-{digest}"], "one", TestContext.Current.CancellationToken);

        await DownloadAsync(server);

        Assert.Equal(["b"], server.Asked);
        Assert.Equal(server.Modified.UtcDateTime, File.GetLastWriteTimeUtc(_folder["copy/a"]));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(_folder["copy/a"]));
    }

    [Fact]
    public async Task A_file_gets_the_mode_of_most_files_back()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no modes");
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"));
        server.Mode = "666";
        await DownloadAsync(server);
        var usual = File.GetUnixFileMode(_folder["copy/a"]);
        const UnixFileMode Other = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.SetUnixFileMode(_folder["copy/a"], Other);
        // As an interrupted run leaves it, when the server had another mode.
        var staged = _folder[$"copy/.rd-tree/{StagedName.Of(0, TreePath.Parse("b", out _)!, SHA256.HashData("two"u8))}"];
        Directory.CreateDirectory(Path.GetDirectoryName(staged)!);
        File.Move(_folder["copy/b"], staged);
        File.SetUnixFileMode(staged, Other);

        Assert.Equal((1, 1), await DownloadAsync(server) is var result ? (result.Kept, result.Fetched) : default);

        Assert.Equal((usual, usual), (File.GetUnixFileMode(_folder["copy/a"]), File.GetUnixFileMode(_folder["copy/b"])));
    }

    [Fact]
    public async Task What_interrupted_runs_left_of_files_that_are_gone_goes_too()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"));
        foreach (var name in new[] { "large-0123", "parts/large-4567/data", $"0/{new string('a', 32)}-{new string('b', 64)}", $"1/{new string('a', 32)}-{new string('c', 64)}" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"copy/.rd-tree/{name}"])!);
            await File.WriteAllTextAsync(_folder[$"copy/.rd-tree/{name}"], "old", TestContext.Current.CancellationToken);
        }

        Directory.CreateDirectory(_folder["canary"]);
        await File.WriteAllTextAsync(_folder["canary/bird"], "alive", TestContext.Current.CancellationToken);
        Directory.CreateSymbolicLink(_folder["copy/.rd-tree/parts/link"], _folder["canary"]);

        Assert.Equal(DownloadOutcome.Complete, (await DownloadAsync(server)).Outcome);

        Assert.Equal(["a"], _folder.NamesBelow("copy"));
        Assert.True(File.Exists(_folder["canary/bird"]));
    }

    [Fact]
    public async Task The_file_that_takes_longest_is_told_only_as_long_as_it_does()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"));
        var released = new TaskCompletionSource();
        server.OnFiles = async (context, _, wanted) =>
        {
            await context.Response.WriteAsync(server.FileLine("a", server.Files["a"], "content") + "\n");
            await context.Response.Body.FlushAsync();
            await released.Task;
            await context.Response.Body.WriteAsync(server.Files["a"]);
            await context.Response.WriteAsync("{\"type\":\"end\"}\n");
            return true;
        };
        var told = new List<string?>();
        var result = await new Downloader(ScriptedTree.Impatient).DownloadTreeAsync(server.Url, _folder["copy"], progress: new Told(now =>
        {
            told.Add(now.Slowest);
            if (now.Slowest == "a")
                released.TrySetResult();
        }), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        Assert.Contains("a", told);
        Assert.Null(told[^1]);
    }

    [Fact]
    public async Task A_file_that_vanished_is_told_and_the_others_come()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"), ("c", "three"));
        var lines = server.Lines().ToList();
        server.OnList = async (context, _) =>
        {
            await ScriptedTree.SendListAsync(context, lines);
            return true;
        };
        server.Files.Remove("b");

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Http, 2, 1), (result.Outcome, result.Fetched, result.Failed));
        Assert.Equal(("b", "is no longer on the server"), result.Reasons.Single());
    }

    [Fact]
    public async Task An_answer_that_is_cut_within_a_file_spoils_no_other_file()
    {
        await using var server = await ScriptedTree.StartAsync([.. Enumerable.Range(0, 6).Select(i => ($"{i}", $"content {i}"))]);
        server.BlockSize = 1 << 20;
        server.Files["0"] = new byte[600_000];
        server.OnFiles = async (context, number, wanted) =>
        {
            if (number > 0)
                return false;
            // More than rd takes at a time, so that the first part is hashed before the rest fails to come.
            await server.SendFileAsync(context, wanted[0], server.Files[wanted[0]], server.Files[wanted[0]][..400_000]);
            return true;
        };

        var result = await DownloadAsync(server, connections: 1);

        Assert.Equal((DownloadOutcome.Complete, 6), (result.Outcome, result.Fetched));
        // What the cut answer had not brought is asked for once more, and nothing for the third time. On a busy machine the first request names fewer.
        Assert.Equal(2, server.Asked.Count(path => path == server.Files.Keys.First()));
        Assert.All(server.Files.Keys, path => Assert.InRange(server.Asked.Count(asked => asked == path), 1, 2));
    }

    [Fact]
    public async Task A_file_whose_bytes_have_another_digest_is_fetched_again()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"));
        server.OnFiles = async (context, number, wanted) =>
        {
            if (number > 0)
                return false;
            foreach (var path in wanted)
                await server.SendFileAsync(context, path, server.Files[path], "tow"u8.ToArray());
            await context.Response.WriteAsync("{\"type\":\"end\"}\n");
            return true;
        };

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Complete, 2), (result.Outcome, result.Fetched));
        Assert.Equal("two", await File.ReadAllTextAsync(_folder["copy/b"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_whose_bytes_always_have_another_digest_fails_and_is_not_there()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"), ("b", "two"));
        server.OnFiles = async (context, _, wanted) =>
        {
            foreach (var path in wanted)
                await server.SendFileAsync(context, path, server.Files[path], path == "b" ? "tow"u8.ToArray() : null);
            await context.Response.WriteAsync("{\"type\":\"end\"}\n");
            return true;
        };

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.NotProven, 1, 1), (result.Outcome, result.Fetched, result.Failed));
        Assert.False(File.Exists(_folder["copy/b"]));
    }

    [Fact]
    public async Task Connections_that_the_server_has_too_much_to_do_for_do_not_end_what_others_bring()
    {
        await using var server = await ScriptedTree.StartAsync([.. Enumerable.Range(0, 200).Select(i => ($"{i:000}", $"content {i}"))]);
        using var free = new SemaphoreSlim(1);
        var refused = 0;
        var manyAreRefused = new TaskCompletionSource();
        server.OnFiles = async (context, _, wanted) =>
        {
            if (!await free.WaitAsync(0))
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                if (Interlocked.Increment(ref refused) == 40)
                    manyAreRefused.SetResult();
                return true;
            }

            try
            {
                await server.SendFileAsync(context, wanted[0], server.Files[wanted[0]]);
                await context.Response.Body.FlushAsync();
                await manyAreRefused.Task.WaitAsync(context.RequestAborted);
                foreach (var path in wanted.Skip(1))
                    await server.SendFileAsync(context, path, server.Files[path]);
                await context.Response.WriteAsync("{\"type\":\"end\"}\n");
            }
            catch (OperationCanceledException)
            {
                // The client gave up.
            }
            finally
            {
                free.Release();
            }

            return true;
        };

        var result = await DownloadAsync(server, connections: 8);

        Assert.Equal((DownloadOutcome.Complete, 200, ""), (result.Outcome, result.Fetched, result.Message));
    }

    private sealed class Told(Action<TreeProgress> onReport) : IProgress<TreeProgress>
    {
        public void Report(TreeProgress value)
        {
            lock (this)
                onReport(value);
        }
    }

    private static byte[] Compressed(IEnumerable<string> lines)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(static line => line + "\n"))));
        return bytes.ToArray();
    }

    private Task<TreeResult> DownloadAsync(ScriptedTree server, int? connections = null) =>
        server.DownloadAsync(_folder["copy"], options: ScriptedTree.Impatient with { Connections = connections });
}
