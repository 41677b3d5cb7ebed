using System.Globalization;
using System.Security.Cryptography;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.PowerCuts;

/// <summary>
/// The calls by which the real rd changes the disk in one download, and for many instants what a power cut may leave of them: from
/// each such state rd gets to the exact file. <c>RD_POWER_CUTS=5000</c> tries so many states of each download.
/// </summary>
public sealed class PowerCutTests(ITestOutputHelper output)
{
    private const int BlockSize = 64 << 10;
    private const int Size = (7 * BlockSize) + 77;
    private const int OldBlocks = 4;

    private static readonly int States = int.Parse(Environment.GetEnvironmentVariable("RD_POWER_CUTS") ?? "25", CultureInfo.InvariantCulture);

    // With a block of zeros, which is not written.
    private static readonly byte[] Content = [.. ScriptedServer.RandomBytes(2 * BlockSize), .. new byte[BlockSize], .. ScriptedServer.RandomBytes(Size - (3 * BlockSize), 2)];

    [Fact]
    public Task A_download_into_a_new_folder_survives_every_power_cut() =>
        TryAsync("out/deep/file.bin", _ => { }, ["-o", "out/deep"]);

    [Fact]
    public Task A_target_that_is_replaced_is_the_old_or_the_new_one_after_every_power_cut() =>
        TryAsync("file.bin", folder => File.WriteAllBytes(folder["file.bin"], ScriptedServer.RandomBytes(Size, 3)), ["-f"]);

    [Fact]
    public Task Old_block_files_are_lost_in_no_power_cut() =>
        TryAsync("file.bin", WriteOldBlocks, [], keptBytes: OldBlocks * BlockSize);

    [Fact]
    public Task Kept_blocks_survive_every_power_cut() => TryAsync("file.bin", _ => { }, ["-k"]);

    private static void WriteOldBlocks(TempFolder folder)
    {
        Directory.CreateDirectory(folder[".blocks/file.bin"]);
        for (var block = 3; block < 3 + OldBlocks; block++)
        {
            var data = Content[(block * BlockSize)..((block + 1) * BlockSize)];
            File.WriteAllBytes(folder[$".blocks/file.bin/block{block}_{Convert.ToHexStringLower(SHA1.HashData(data))}"], data);
        }
    }

    private async Task TryAsync(string target, Action<TempFolder> prepare, string[] options, long keptBytes = 0)
    {
        await using var server = await ScriptedServer.StartAsync(Content, BlockSize);
        using var recorded = new TempFolder();
        prepare(recorded);
        var recorder = new DiskRecorder(recorded.Path);
        using var logs = new TempFolder();
        await using (var rd = ProcessRunner.Start(
            "/usr/bin/strace", [.. DiskRecorder.StraceOptions, "-o", logs["log"], ProcessRunner.PathOf("rd"), .. options, "-w", "2", server.Url.AbsoluteUri], recorded.Path))
            Assert.Equal((0, ""), (await rd.WaitForExitAsync(), rd.Output.Text));
        Assert.Equal(Content, await File.ReadAllBytesAsync(recorded[target], TestContext.Current.CancellationToken));
        var calls = recorder.Read(logs["log"]);
        var disk = new CutDisk(recorder, calls);
        var goal = recorded[target];
        Assert.Equal(Content, disk.After(calls.Count, new HashSet<int>(), new HashSet<int>(), null).Files[goal]);

        // After exit 0 the file may depend on nothing that is not flushed.
        var atEnd = disk.Unflushed(calls.Count).ToHashSet();
        Assert.True(disk.After(calls.Count, atEnd, atEnd, null).Files.TryGetValue(goal, out var flushed) && flushed.AsSpan().SequenceEqual(Content), "the finished file is not flushed");

        var old = recorder.Initial.GetValueOrDefault(goal);
        var random = new Random(7);
        var tried = 0;
        foreach (var (count, lost, torn) in Cuts(disk, calls.Count, random).Take(States))
        {
            var unflushed = disk.Unflushed(count).ToHashSet();
            var (files, folders) = disk.After(count, lost, unflushed, torn);
            var what = $"a cut after call {count} of {calls.Count} ({calls[count - 1].GetType().Name}) that loses {string.Join(',', lost)}";
            var found = files.GetValueOrDefault(goal);
            Assert.True(found is null || found.AsSpan().SequenceEqual(Content) || (old is not null && found.AsSpan().SequenceEqual(old)), $"a torn target after {what}");
            await GoOnAsync(server, recorded.Path, target, files, folders, options.Contains("-f"), keptBytes, what);
            tried++;
        }

        output.WriteLine($"{tried} states of {calls.Count} calls");
    }

    // All lost, all there, each one lost, each one there alone, then subsets and torn writes, spread over all instants.
    private static IEnumerable<(int Count, HashSet<int> Lost, Random? Torn)> Cuts(CutDisk disk, int calls, Random random)
    {
        for (var round = 0; ; round++)
        {
            foreach (var count in Enumerable.Range(1, calls).OrderBy(_ => random.Next()).Take(round < 2 ? Math.Min(calls, States / 5) : calls))
            {
                var unflushed = disk.Unflushed(count);
                var one = unflushed.Count == 0 ? -1 : unflushed[random.Next(unflushed.Count)];
                yield return round switch
                {
                    0 => (count, unflushed.ToHashSet(), null),
                    1 => (count, [], null),
                    _ => random.Next(4) switch
                    {
                        0 => (count, [one], null),
                        1 => (count, unflushed.Where(call => call != one).ToHashSet(), null),
                        2 => (count, unflushed.Where(_ => random.Next(2) == 0).ToHashSet(), null),
                        _ => (count, unflushed.Where(_ => random.Next(4) == 0).ToHashSet(), random),
                    },
                };
            }
        }
    }

    private static async Task GoOnAsync(
        ScriptedServer server, string root, string target, Dictionary<string, byte[]> files, HashSet<string> folders, bool overwrite, long keptBytes, string what)
    {
        using var folder = new TempFolder();
        foreach (var made in folders)
            Directory.CreateDirectory(Path.Combine(folder.Path, Path.GetRelativePath(root, made)));
        foreach (var (path, bytes) in files)
        {
            // A journal names the target by its path.
            var moved = System.Text.Encoding.Latin1.GetString(bytes).Replace(Uri.EscapeDataString(root), Uri.EscapeDataString(folder.Path));
            await File.WriteAllBytesAsync(
                Path.Combine(folder.Path, Path.GetRelativePath(root, path)),
                Path.GetFileName(path) == "journal" ? System.Text.Encoding.Latin1.GetBytes(moved) : bytes, TestContext.Current.CancellationToken);
        }

        var downloader = new Downloader(new DownloadOptions { TemporaryDirectory = folder[".blocks"], Overwrite = overwrite, Connections = 2 });
        var result = await downloader.DownloadAsync(server.Url, folder[target], cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(result.IsSuccess, $"{result.Message} after {what}");
        var end = await File.ReadAllBytesAsync(folder[target], TestContext.Current.CancellationToken);
        Assert.True(end.AsSpan().SequenceEqual(Content), $"a wrong file after {what}");
        Assert.True(result.Outcome == DownloadOutcome.AlreadyComplete || result.BytesKept >= keptBytes, $"{result.BytesKept} bytes kept, not {keptBytes}, after {what}");
    }
}
