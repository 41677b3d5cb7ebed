using System.Security.Cryptography;
using System.Text;
using ReliableDownload.Client.Trees;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>rd -r on disks that do not keep what they were given: a file under its name is on the disk, not in memory alone.</summary>
public sealed class FolderFlushTests : IDisposable
{
    private const int LocalFile = 3;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(20, "syncfs")]
    [InlineData(3, "fsync")]
    public async Task After_a_flush_that_failed_all_that_it_was_for_is_fetched_again(int count, string call)
    {
        await using var server = await ScriptedTree.StartAsync([.. Enumerable.Range(0, count).Select(i => ($"f{i:00}", $"content {i}"))]);
        var path = call == "syncfs" ? "data" : $"data/.rd-tree/{StagedNameOf("f01", "content 1")}";
        await using (var faulty = Fault.StartRd(_folder, path, call, "error=EIO:when=1", "-r", "-w", "1", server.Url.AbsoluteUri))
            Assert.Equal(LocalFile, (await faulty.EndAsync()).ExitCode);
        server.Asked.Clear();

        var end = await RdProcess.RunAsync(_folder, "-r", server.Url.AbsoluteUri);

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(server.Files.Keys, server.Asked.Order());
    }

    [Fact]
    public async Task What_an_interrupted_run_left_is_right_only_if_it_is_so_on_the_disk()
    {
        Assert.SkipUnless(Environment.UserName == "root" && File.Exists("/dev/loop-control"), "an image cannot be mounted");
        var content = new string('x', 5000) + "right";
        await using var server = await ScriptedTree.StartAsync(("a", content), ("b", "two"));
        await File.WriteAllBytesAsync(_folder["image"], new byte[8 << 20], TestContext.Current.CancellationToken);
        Directory.CreateDirectory(_folder["mounted"]);
        await Tool.RunAsync(_folder.Path, "mkfs.ext4", "-q", "-F", "image");
        await Tool.RunAsync(_folder.Path, "mount", "-o", "loop", "image", "mounted");
        try
        {
            Directory.CreateDirectory(_folder["mounted/data/.rd-tree/0"]);
            using (var staged = new FileStream(_folder[$"mounted/data/.rd-tree/{StagedNameOf("a", content)}"], FileMode.CreateNew))
            {
                staged.Write(Encoding.UTF8.GetBytes(content));
                staged.Flush(flushToDisk: true);
            }

            // Behind the back of the page cache, as a disk does it that fails.
            using (var disk = new FileStream(_folder["image"], FileMode.Open, FileAccess.ReadWrite))
            {
                var bytes = new byte[disk.Length];
                disk.ReadExactly(bytes);
                disk.Position = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(content));
                disk.Write("wrong"u8);
            }

            var end = await RdProcess.RunAsync(_folder, "-r", "-o", "mounted", server.Url.AbsoluteUri);

            Assert.True(end.ExitCode == 0, end.Error);
            Assert.Equal(["a", "b"], server.Asked.Order());
        }
        finally
        {
            await Tool.RunAsync(_folder.Path, "umount", "-l", "mounted");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_names_of_new_folders_are_flushed_before_exit_code_0(bool hasFile)
    {
        await using var server = await ScriptedTree.StartAsync(("a/b/c/f", "1"));
        server.OnList = async (context, _) =>
        {
            await ScriptedTree.SendListAsync(context, hasFile ? server.Lines() : [.. server.Lines().SkipLast(2), """{"type":"end","files":0,"folders":3}"""]);
            return true;
        };
        await using var rd = ProcessRunner.Start(
            "/usr/bin/strace", ["-f", "-qq", "-y", "-e", "signal=none", "-e", "trace=mkdirat,fsync", "-o", _folder["log"], ProcessRunner.PathOf("rd"), "-r", "-o", "new", server.Url.AbsoluteUri], _folder.Path);
        Assert.Equal(0, (await rd.EndAsync()).ExitCode);

        var afterwards = File.ReadLines(_folder["log"]).SkipWhile(call => !call.Contains("mkdirat", StringComparison.Ordinal) || !call.Contains("\"c\"", StringComparison.Ordinal)).ToList();
        foreach (var folder in new[] { "", "/new", "/new/data", "/new/data/a", "/new/data/a/b" })
            Assert.Contains(afterwards, call => call.Contains("fsync(", StringComparison.Ordinal) && call.Contains($"<{_folder.Path}{folder}>", StringComparison.Ordinal));
    }

    private static string StagedNameOf(string path, string content) =>
        StagedName.Of(0, TreePath.Parse(path, out _)!, SHA256.HashData(Encoding.UTF8.GetBytes(content)));
}
