using ReliableDownload.Client;
using ReliableDownload.Client.Disk;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client.Disk;

public sealed class DownloadFolderTests
{
    [Fact]
    public async Task Downloads_that_begin_and_end_side_by_side_do_not_remove_each_other_s_folders()
    {
        using var folder = new TempFolder();
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
    public void A_folder_that_cannot_be_made_is_said_so() =>
        Assert.ThrowsAny<IOException>(() => DownloadFolder.Open("/proc/rd", "/tmp/file"));

    [Fact]
    public void A_file_system_without_a_size_is_not_taken_for_a_full_one() => DiskFailure.CheckRoom("/proc/file", 1000);
}
