using System.IO.MemoryMappedFiles;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.EndToEnd;

/// <summary>
/// A program that writes through a mapping: Linux sets a file's times when a page is written to for the first time, and not for what is
/// written into the same page later. So the file changes, and looks the same. In memory no page is ever written to a disk, after which a
/// write would count as the first again.
/// </summary>
public sealed class MappedWriterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_that_changed_without_a_sign_is_downloaded_right_all_the_same()
    {
        using var folder = TempFolder.InMemory();
        Directory.CreateDirectory(folder["root"]);
        var path = folder["root/file"];
        var content = SampleFile.Create(path, 5_000_000);
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        using var view = file.CreateViewAccessor();
        await using var server = await RdApiProcess.StartAsync(folder["root"]);

        Write(1);
        await SampleFile.SettledAsync(path);
        Assert.IsType<StreamLine.End>(await server.Client.StreamAsync("file").LastAsync(Cancellation));
        Write(2);

        var end = await RdProcess.RunAsync(folder, $"{new Uri(server.BaseAddress, "file")}");

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder["file"], Cancellation));
        Assert.Contains("the digests are asked for again", end.Error);

        void Write(byte value)
        {
            content[3_000_000] = value;
            view.Write(3_000_000, value);
        }
    }

    [Fact]
    public async Task A_small_file_that_changed_without_a_sign_comes_with_its_folder_at_the_second_run_at_the_latest()
    {
        using var folder = TempFolder.InMemory();
        Directory.CreateDirectory(folder["root/sub"]);
        var path = folder["root/sub/file"];
        var content = SampleFile.Create(path, 4096);
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        using var view = file.CreateViewAccessor();
        view.Write(0, content[0]);
        await SampleFile.SettledAsync(path);
        await using var server = await RdApiProcess.StartAsync(folder["root"]);
        Assert.Equal(0, (await FetchAsync("before")).ExitCode);
        content[0] ^= 1;
        view.Write(0, content[0]);

        await FetchAsync("after");
        var end = await FetchAsync("after");

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder["after/sub/file"], Cancellation));

        Task<RdEnd> FetchAsync(string target) => RdProcess.RunAsync(folder, "-r", "-o", folder[target], $"{server.BaseAddress}sub/");
    }
}
