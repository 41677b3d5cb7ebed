using Microsoft.AspNetCore.Http;
using ReliableDownload.Client;
using ReliableDownload.Client.Trees;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Trees;

/// <summary>Servers, and others on the same disk, that want something written beside the folder: a canary there has to stay as it is.</summary>
public sealed class HostileTreeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public HostileTreeTests()
    {
        Directory.CreateDirectory(_folder["canary"]);
        File.WriteAllText(_folder["canary/bird"], "alive");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("../canary/bird")]
    [InlineData("a/../../canary/bird")]
    [InlineData("a/%2e%2e/%2E./canary/bird")]
    [InlineData("..%2Fcanary%2Fbird")]
    [InlineData("..%2fcanary/bird")]
    [InlineData("/tmp/bird")]
    [InlineData("%2Ftmp/bird")]
    [InlineData("//bird")]
    [InlineData("./bird")]
    [InlineData("a/%00/bird")]
    [InlineData("a%")]
    [InlineData("a%zz")]
    [InlineData("é")]
    [InlineData("")]
    [InlineData(".rd-tree/lock")]
    [InlineData(".rd-tree")]
    public async Task A_name_that_leads_elsewhere_is_refused_and_the_rest_comes(string path)
    {
        await using var server = await ScriptedTree.StartAsync();
        var content = "evil"u8.ToArray();
        server.Files["z"] = content;
        server.Files[path] = content;
        server.OnList = (context, _) => Answer(ScriptedTree.SendListAsync(
            context, server.Head, server.FileLine(path, content), server.FileLine("z", content), """{"type":"end","files":2,"folders":0}"""));

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.Protocol, 1, 1), (result.Outcome, result.Fetched, result.Failed));
        Assert.Equal(path.TrimEnd('/'), result.Reasons.Single().Path.TrimEnd('/'));
        Assert.Equal(["z"], server.Asked);
        AssertNothingElse("z");
    }

    [Fact]
    public async Task A_name_may_be_long_or_deep_only_as_far_as_file_systems_go()
    {
        await using var server = await ScriptedTree.StartAsync();
        var longest = new string('n', 255);
        string[] refused = [string.Join('/', Enumerable.Repeat("d", 257)), new string('m', 256), string.Join('/', Enumerable.Repeat(longest, 17))];
        server.Files[longest] = "x"u8.ToArray();
        server.OnList = (context, _) => Answer(ScriptedTree.SendListAsync(
            context, [server.Head, .. refused.Append(longest).Select(path => server.FileLine(path, "x"u8.ToArray())), """{"type":"end","files":4,"folders":0}"""]));

        var result = await DownloadAsync(server);

        Assert.Equal((1, 3), (result.Fetched, result.Failed));
        AssertNothingElse(longest);
    }

    [Fact]
    public async Task Nothing_goes_through_a_link_that_is_in_the_way()
    {
        Directory.CreateDirectory(_folder["copy"]);
        Directory.CreateSymbolicLink(_folder["copy/d"], _folder["canary"]);
        File.CreateSymbolicLink(_folder["copy/f"], _folder["canary/bird"]);
        await using var server = await ScriptedTree.StartAsync(("d/bird", "evil"), ("d/new", "evil"), ("f", "mine"));

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.LocalFile, 3), (result.Outcome, result.Failed));
        Assert.All(result.Reasons.Skip(1), reason => Assert.Contains("symbolic link", reason.Reason, StringComparison.Ordinal));
        // The link itself gives way to the file.
        Assert.Null(new FileInfo(_folder["copy/f"]).LinkTarget);
        Assert.Equal("mine", await File.ReadAllTextAsync(_folder["copy/f"], TestContext.Current.CancellationToken));
        AssertNothingElse("f", "d");
    }

    [Theory]
    [InlineData("copy")]
    [InlineData("copy/.rd-tree")]
    public async Task Neither_the_folder_nor_the_hidden_one_in_it_may_be_a_link(string link)
    {
        if (link != "copy")
            Directory.CreateDirectory(_folder["copy"]);
        Directory.CreateSymbolicLink(_folder[link], _folder["canary"]);
        await using var server = await ScriptedTree.StartAsync(("a", "one"));

        var result = await DownloadAsync(server);

        Assert.Equal(DownloadOutcome.LocalFile, result.Outcome);
        Assert.Empty(server.Asked);
        AssertCanary();
    }

    [Fact]
    public async Task A_folder_that_becomes_a_link_again_and_again_lets_nothing_out()
    {
        await using var server = await ScriptedTree.StartAsync([.. Enumerable.Range(0, 400).Select(i => ($"d/{i:000}", $"content {i}"))]);
        Directory.CreateDirectory(_folder["copy/d"]);
        using var stop = new CancellationTokenSource();
        var swaps = 0;
        var swapper = new Thread(() =>
        {
            // A name of its own for each: rd may have the one before open, and make files in it.
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    Directory.Move(_folder["copy/d"], _folder[$"aside-{i}"]);
                    Directory.CreateSymbolicLink(_folder["copy/d"], _folder["canary"]);
                    File.Delete(_folder["copy/d"]);
                    Directory.Move(_folder[$"aside-{i}"], _folder["copy/d"]);
                    Interlocked.Increment(ref swaps);
                }
                catch (IOException)
                {
                    // The folder was made again in between, or is not there yet.
                }
            }
        })
        { IsBackground = true };
        var fetched = 0L;
        swapper.Start();
        try
        {
            for (var i = 0; i < 5; i++)
                fetched += (await DownloadAsync(server)).BytesFetched;
        }
        finally
        {
            await stop.CancelAsync();
            swapper.Join();
        }

        Assert.True(swaps > 0 && fetched > 0, $"{swaps} swaps, {fetched} bytes fetched");
        AssertCanary();
    }

    [Fact]
    public async Task A_file_in_the_place_of_a_folder_a_folder_in_that_of_a_file_and_a_pipe_are_left_alone()
    {
        Directory.CreateDirectory(_folder["copy/f"]);
        File.WriteAllText(_folder["copy/d"], "mine");
        SpecialFiles.CreateFifo(_folder["copy/p"]);
        await using var server = await ScriptedTree.StartAsync(("d/x", "one"), ("f", "two"), ("p/x", "three"));

        var result = await DownloadAsync(server);

        Assert.Equal((DownloadOutcome.LocalFile, 0, 5), (result.Outcome, result.Fetched, result.Failed));
        Assert.Equal("mine", await File.ReadAllTextAsync(_folder["copy/d"], TestContext.Current.CancellationToken));
        Assert.True(Directory.Exists(_folder["copy/f"]));
        await Tool.RunAsync(_folder.Path, "test", "-p", _folder["copy/p"]);
    }

    [Theory]
    [InlineData("b", "a", "is not in order")]
    [InlineData("a", "a", "is not in order")]
    [InlineData("a", "a/", "is not in order")]
    public async Task A_list_that_is_out_of_order_or_tells_a_name_twice_is_given_up(string first, string second, string message)
    {
        await using var server = await ScriptedTree.StartAsync();
        server.OnList = (context, _) => Answer(ScriptedTree.SendListAsync(context, server.Head, server.FileLine(first, []), server.FileLine(second, []), """{"type":"end","files":2,"folders":0}"""));

        var result = await DownloadAsync(server);

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains(message, result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"file","path":"x/..","size":1,"version":null}""", 1000, TreeResult.MaxReasons)]
    [InlineData("""{"type":"skipped","path":"x/","msg":"it may not be read"}""", 1, 1)]
    public async Task A_list_without_end_is_given_up(string line, int failed, int reasons)
    {
        await using var server = await ScriptedTree.StartAsync();
        server.OnList = (context, _) => Answer(ScriptedTree.SendListAsync(context, Enumerable.Repeat(line, 1_000_000).Prepend(server.Head)));

        var result = await DownloadAsync(server, new TreeOptions { MaxEntries = 1000 });

        Assert.Equal((DownloadOutcome.Protocol, failed), (result.Outcome, result.Failed));
        Assert.Equal(reasons, result.Reasons.Count);
        Assert.Contains("more than 1000 files", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_names_that_wait_take_no_more_memory_than_short_ones()
    {
        var longest = string.Join('/', Enumerable.Repeat(string.Concat(Enumerable.Repeat("%C3%A4", 63)), 31));
        var queue = new TreeQueue(TimeProvider.System);
        var (count, length) = (0L, 0);
        var adder = new Thread(() =>
        {
            for (; count < 32_000; count++)
            {
                var path = TreePath.Parse($"{longest}/{count}", out _)!;
                length = path.Wire.Length;
                queue.Add(new TreeFile(path, new FileFacts(1, null, null, null, null), Replaces: false));
            }
        })
        { IsBackground = true };
        adder.Start();
        await Eventually.IsTrueAsync(() => adder.ThreadState.HasFlag(ThreadState.WaitSleepJoin) || !adder.IsAlive, "no more are taken");

        Assert.InRange(Interlocked.Read(ref count) * length * sizeof(char), 8 << 20, 40 << 20);
        queue.Stop();
        adder.Join();
    }

    [Fact]
    public async Task A_version_that_is_long_is_given_up_and_not_kept()
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"));
        var (version, longest) = ($"3-{server.Modified.ToUnixTimeMilliseconds():x}", new string('v', 60_000));
        server.OnList = (context, _) => Answer(ScriptedTree.SendListAsync(context, server.Lines().Select(line => line.Replace(version, longest, StringComparison.Ordinal))));

        var result = await DownloadAsync(server);

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains("no valid 'version'", result.Message, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task A_line_without_end_is_given_up()
    {
        await using var server = await ScriptedTree.StartAsync();
        server.OnList = async (context, _) =>
        {
            context.Response.ContentType = "application/x-ndjson";
            var garbage = new string('x', 64 << 10);
            for (var i = 0; i < 100; i++)
                await context.Response.WriteAsync(garbage);
            return true;
        };

        var result = await DownloadAsync(server);

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains("longer than", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"content","path":"b","size":1,"version":"v","digest":"00"}""", "no valid 'digest'")]
    [InlineData("""{"type":"content","path":"a","size":1,"version":"v"}""", "without its digest")]
    [InlineData("""{"type":"content","path":"z","size":1,"version":"v","digest":"0000000000000000000000000000000000000000000000000000000000000000"}""", "another file")]
    [InlineData("""{"type":"content","path":"a","size":99999999999,"version":"v","digest":"0000000000000000000000000000000000000000000000000000000000000000"}""", "among small ones")]
    [InlineData("""{"type":"content","path":"a","size":-1,"version":"v"}""", "no valid 'size'")]
    [InlineData("""{"type":"end"}""", "not all the files")]
    [InlineData("""{"type":"rest","from":99}""", "not all the files")]
    [InlineData("garbage", "cannot be read")]
    public async Task An_answer_that_is_not_what_was_asked_for_is_given_up_after_some_attempts(string line, string message)
    {
        await using var server = await ScriptedTree.StartAsync(("a", "one"));
        server.OnFiles = (context, _, _) => Answer(context.Response.WriteAsync(line + "\n1"));

        var result = await DownloadAsync(server);

        Assert.Equal(DownloadOutcome.Protocol, result.Outcome);
        Assert.Contains(message, result.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["copy/a"]));
    }

    private static async Task<bool> Answer(Task sent)
    {
        try
        {
            await sent;
        }
        catch (OperationCanceledException)
        {
            // The client gave up, as it should.
        }

        return true;
    }

    private void AssertCanary()
    {
        Assert.Equal([_folder["canary/bird"]], Directory.EnumerateFileSystemEntries(_folder["canary"]));
        Assert.Equal("alive", File.ReadAllText(_folder["canary/bird"]));
    }

    /// <summary>Nothing but these is in the folder, and nothing new beside it.</summary>
    private void AssertNothingElse(params string[] names)
    {
        AssertCanary();
        Assert.Equal(names.Order(), Directory.EnumerateFileSystemEntries(_folder["copy"]).Select(path => Path.GetFileName(path)).Where(name => name != ".rd-tree").Order());
        Assert.Equal(["canary", "copy"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)).Order());
    }

    private Task<TreeResult> DownloadAsync(ScriptedTree server, TreeOptions? tree = null) => server.DownloadAsync(_folder["copy"], tree);
}
