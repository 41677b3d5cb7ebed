using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The real rd, for which single calls to the disk fail (strace makes them): a clear end, and the same command continues.</summary>
public sealed class DiskFaultTests
{
    private const int BlockSize = 64 << 10;
    private const int LocalFile = 3;
    private const int DiskFull = 9;

    private static readonly byte[] Content = ScriptedServer.RandomBytes((6 * BlockSize) + 77);

    [Theory]
    [InlineData("mkdir", "ENOSPC", "out", DiskFull)]
    [InlineData("mkdir", "EROFS", ".blocks", LocalFile)]
    [InlineData("openat", "EDQUOT", ".blocks/file.bin/data", DiskFull)]
    [InlineData("openat", "EROFS", ".blocks/file.bin/lock", LocalFile)]
    [InlineData("ftruncate", "EIO", ".blocks/file.bin/data", LocalFile)]
    [InlineData("pwrite64", "ENOSPC", ".blocks/file.bin/data", DiskFull)]
    [InlineData("pwrite64", "EIO", ".blocks/file.bin/data", LocalFile)]
    [InlineData("pwrite64", "EDQUOT", ".blocks/file.bin/journal.new", DiskFull)]
    [InlineData("rename", "EIO", ".blocks/file.bin/journal.new", LocalFile)]
    [InlineData("fsync", "EIO", ".blocks/file.bin/data", LocalFile)]
    [InlineData("fsync", "EIO", "out", LocalFile)]
    [InlineData("renameat2", "EIO", "out/file.bin", LocalFile)]
    [InlineData("renameat2", "EINVAL", "out/file.bin", 0)]
    [InlineData("renameat2,link", "EINVAL", "out/file.bin", 0)]
    [InlineData("unlink", "EIO", ".blocks/file.bin/journal", 0)]
    [InlineData("rmdir", "EBUSY", ".blocks", 0)]
    public async Task A_call_that_fails_is_told_in_one_line_and_loses_nothing(string calls, string errno, string path, int exitCode)
    {
        await using var server = await ScriptedServer.StartAsync(Content, BlockSize);
        using var folder = new TempFolder();
        await using var faulty = Fault.StartRd(folder, path, calls, $"error={errno}", "-o", "out", server.Url.AbsoluteUri);
        var end = await faulty.EndAsync();

        Assert.True(exitCode == end.ExitCode, $"{end.ExitCode}: {end.Error}");
        Assert.DoesNotContain("unforeseen", end.Error);
        if (exitCode != 0)
            Assert.Equal(1, end.Error.Count(character => character == '\n'));
        if (exitCode == LocalFile)
            Assert.Contains(path.TrimEnd('w', 'e', 'n').TrimEnd('.'), end.Error);
        var again = await RdProcess.RunAsync(folder, "-o", "out", server.Url.AbsoluteUri);
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.Equal(Content, await File.ReadAllBytesAsync(folder["out/file.bin"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_sector_that_cannot_be_read_any_more_is_fetched_again()
    {
        await using var server = await ScriptedServer.StartAsync(Content, BlockSize);
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder[".blocks/file.bin"]);
        await File.WriteAllBytesAsync(folder[".blocks/file.bin/data"], Content, TestContext.Current.CancellationToken);
        await using var faulty = Fault.StartRd(folder, ".blocks/file.bin/data", "pread64", "error=EIO:when=2", server.Url.AbsoluteUri);
        var end = await faulty.EndAsync();

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(Content, await File.ReadAllBytesAsync(folder["file.bin"], TestContext.Current.CancellationToken));
        Assert.Contains("from before", end.Error);
    }
}
