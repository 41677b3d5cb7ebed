using ReliableDownload.Client;
using ReliableDownload.Client.Disk;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Disk;

public sealed class DownloadFolderTests
{
    [Fact]
    public async Task Downloads_that_begin_and_end_side_by_side_do_not_remove_each_other_s_folders()
    {
        using var folder = TempFolder.InMemory();
        var blocks = folder[DownloadOptions.DefaultTemporaryDirectory];

        await Parallel.ForAsync(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, (number, _) =>
        {
            for (var round = 0; round < 500; round++)
            {
                using var mine = DownloadFolder.Open(blocks, folder[$"file{number}"]);
                Assert.NotNull(mine);
                mine.Delete();
            }

            return ValueTask.CompletedTask;
        });

        Assert.False(Directory.Exists(blocks));
    }

    [Fact]
    public async Task Never_do_two_have_the_same_folder()
    {
        using var folder = TempFolder.InMemory();
        var owners = 0;
        var most = 0;
        await Parallel.ForAsync(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, (_, _) =>
        {
            for (var round = 0; round < 1000; round++)
            {
                using var mine = DownloadFolder.Open(folder["blocks"], folder["file"]);
                if (mine is null)
                    continue;
                most = Math.Max(most, Interlocked.Increment(ref owners));
                Thread.Yield();
                Interlocked.Decrement(ref owners);
                mine.Delete();
            }

            return ValueTask.CompletedTask;
        });

        Assert.Equal(1, most);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_said_so() =>
        Assert.ThrowsAny<IOException>(() => DownloadFolder.Open("/proc/rd", "/tmp/file"));

    [Fact]
    public void A_file_system_without_a_size_is_not_taken_for_a_full_one() => DiskFailure.CheckRoom("/proc/file", 1000);
}
