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
}
