using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>The real rd and the real rd-api.</summary>
public sealed class DownloadTests
{
    [Fact]
    public async Task A_file_arrives_and_a_second_call_finds_it_complete()
    {
        using var folder = new TempFolder();
        var content = Serve(folder, "big.tar", 9_000_000);
        await using var server = await RdApiProcess.StartAsync(folder["root"]);
        var url = $"{new Uri(server.BaseAddress, "big.tar")}";

        var first = await RdProcess.RunAsync(folder, url);
        var second = await RdProcess.RunAsync(folder, url);

        Assert.Equal((0, ""), (first.ExitCode, first.Output));
        Assert.Contains($", proven by SHA-256: {folder["big.tar"]}\n", first.Error);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder["big.tar"], TestContext.Current.CancellationToken));
        Assert.Equal(0, second.ExitCode);
        Assert.EndsWith($"big.tar: already complete, 8.6 MiB, proven by SHA-256: {folder["big.tar"]}\n", second.Error);
        Assert.False(Directory.Exists(folder[".blocks"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false, "--no-mtime")]
    public async Task A_file_has_the_server_s_time_unless_it_is_not_wanted(bool isKept, params string[] options)
    {
        using var folder = new TempFolder();
        Serve(folder, "f", 100);
        var (before, old) = (TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(-1), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        File.SetLastWriteTimeUtc(Path.Combine(folder["root"], "f"), old);
        await using var server = await RdApiProcess.StartAsync(folder["root"]);

        Assert.Equal(0, (await RdProcess.RunAsync(folder, [.. options, $"{new Uri(server.BaseAddress, "f")}"])).ExitCode);

        if (isKept)
            Assert.Equal(old, File.GetLastWriteTimeUtc(folder["f"]));
        else
            Assert.InRange(File.GetLastWriteTimeUtc(folder["f"]), before, before.AddMinutes(5));
    }

    [Fact]
    public async Task A_file_that_changed_a_moment_ago_arrives_without_a_retry()
    {
        using var folder = new TempFolder();
        var content = Serve(folder, "f", 9_000_000);
        File.SetLastWriteTimeUtc(Path.Combine(folder["root"], "f"), TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1.9));
        await using var server = await RdApiProcess.StartAsync(folder["root"]);

        var end = await RdProcess.RunAsync(folder, "-v", $"{new Uri(server.BaseAddress, "f")}");

        Assert.Equal(0, end.ExitCode);
        Assert.DoesNotContain("changed", end.Error);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder["f"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2 << 20)]
    [InlineData((2 << 20) + 1)]
    [InlineData((4 << 20) - 1)]
    public async Task Every_size_is_right(int size)
    {
        using var folder = new TempFolder();
        var content = Serve(folder, "f", size);
        await using var server = await RdApiProcess.StartAsync(folder["root"]);

        Assert.Equal(0, (await RdProcess.RunAsync(folder, $"{new Uri(server.BaseAddress, "f")}")).ExitCode);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder["f"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("日本 100% #1?.iso", "%E6%97%A5%E6%9C%AC%20100%25%20%231%3F.iso")]
    [InlineData("日本.iso", "日本.iso")]
    [InlineData("a+b&c=d;e.iso", "a+b&c=d;e.iso?query=x/y")]
    public async Task A_name_of_any_characters_is_found_and_kept(string name, string path)
    {
        using var folder = new TempFolder();
        var content = Serve(folder, name, 100_000);
        await using var server = await RdApiProcess.StartAsync(folder["root"]);

        var end = await RdProcess.RunAsync(folder, $"{server.BaseAddress}{path}");

        Assert.Equal(0, end.ExitCode);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder[name], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_IPv6_address_can_be_asked()
    {
        using var folder = new TempFolder();
        Serve(folder, "f", 100);
        await using var server = await RdApiProcess.StartAsync(folder["root"], "--host", "::1");

        Assert.Equal(0, (await RdProcess.RunAsync(folder, $"http://[::1]:{server.BaseAddress.Port}/f")).ExitCode);
    }

    [Fact]
    public async Task Of_several_URLs_the_first_failure_gives_the_code_and_the_rest_is_downloaded()
    {
        using var folder = new TempFolder();
        Serve(folder, "one", 100);
        Serve(folder, "two", 1_000_000);
        await using var server = await RdApiProcess.StartAsync(folder["root"]);
        var urls = new[] { "one", "missing", "two", "gone" }.Select(name => $"{new Uri(server.BaseAddress, name)}");

        var end = await RdProcess.RunAsync(folder, ["-o", "out", .. urls]);

        Assert.Equal(8, end.ExitCode);
        Assert.Contains("rd: missing: ", end.Error);
        Assert.EndsWith("2 of 4 files complete, 976.7 KiB\n", end.Error);
        Assert.Equal(["one", "two"], Directory.EnumerateFileSystemEntries(folder["out"]).Select(Path.GetFileName).Order());
    }

    private static byte[] Serve(TempFolder folder, string name, int size)
    {
        var content = ScriptedServer.RandomBytes(size);
        Directory.CreateDirectory(folder["root"]);
        File.WriteAllBytes(Path.Combine(folder["root"], name), content);
        return content;
    }
}
