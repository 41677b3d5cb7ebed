using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

/// <summary>Full disks, and temporary and target folders on different ones.</summary>
public sealed class DiskTests
{
    private const int Size = 40 * ClientFixture.BlockSize;

    [Fact]
    public async Task A_disk_without_room_is_said_before_a_byte_is_fetched()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(Size / 2);

        var result = await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = disk.Path });

        Assert.Equal(DownloadOutcome.DiskFull, result.Outcome);
        Assert.Contains(disk.Path, result.Message, StringComparison.Ordinal);
        Assert.Equal(0, result.BytesFetched);
    }

    [Fact]
    public async Task A_disk_that_fills_up_on_the_way_keeps_what_is_there()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(Size + (10 * ClientFixture.BlockSize));
        var hog = Path.Combine(disk.Path, "hog");
        fixture.Server.OnRange = (_, number) =>
        {
            if (number == 3)
                File.WriteAllBytes(hog, new byte[20 * ClientFixture.BlockSize]);
            return Task.FromResult(false);
        };

        var full = await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = disk.Path });
        File.Delete(hog);
        var result = await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = disk.Path });

        Assert.Equal(DownloadOutcome.DiskFull, full.Outcome);
        fixture.AssertComplete(result);
        Assert.True(result.BytesKept > 0);
    }

    [Fact]
    public async Task What_an_interrupted_run_allocated_does_not_count_as_still_to_come()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(Size + (4 * ClientFixture.BlockSize));
        var options = fixture.Options with { TemporaryDirectory = disk.Path, Connections = 1 };
        using var cancel = new CancellationTokenSource();
        fixture.Server.OnRange = async (_, number) =>
        {
            if (number > 0)
                await cancel.CancelAsync();
            return false;
        };
        Assert.Equal(DownloadOutcome.Canceled, (await fixture.DownloadAsync(options, cancel.Token)).Outcome);
        fixture.Server.OnRange = (_, _) => Task.FromResult(false);
        // As rd does it with files of 16 MiB and more, but not in memory.
        await Tool.RunAsync(disk.Path, "fallocate", "-l", $"{Size}", "file.bin/data");

        fixture.AssertComplete(await fixture.DownloadAsync(options));
    }

    [Fact]
    public async Task Block_files_of_rd_1_do_not_take_the_disk_twice()
    {
        const int Found = 28;
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(Size + (6 * ClientFixture.BlockSize));
        var folder = Directory.CreateDirectory(Path.Combine(disk.Path, "file.bin")).FullName;
        for (var block = 0; block < Found; block++)
        {
            await File.WriteAllBytesAsync(
                Path.Combine(folder, $"block{block}_{block:x40}"), fixture.Server.Content[(block * ClientFixture.BlockSize)..((block + 1) * ClientFixture.BlockSize)],
                TestContext.Current.CancellationToken);
        }

        var result = await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = disk.Path });

        fixture.AssertComplete(result);
        Assert.Equal(Found * ClientFixture.BlockSize, result.BytesKept);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Fact]
    public async Task A_copy_to_the_target_s_disk_that_was_interrupted_needs_no_more_room()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(Size + (4 * ClientFixture.BlockSize));
        await File.WriteAllBytesAsync(Path.Combine(disk.Path, ".file.bin.rd-part"), ScriptedServer.RandomBytes(Size, 5), TestContext.Current.CancellationToken);

        var result = await new Downloader(fixture.Options).DownloadAsync(fixture.Server.Url, Path.Combine(disk.Path, "file.bin"), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("", result.Message);
        Assert.Equal(fixture.Server.Content, await File.ReadAllBytesAsync(Path.Combine(disk.Path, "file.bin"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Temporary_and_target_folder_may_be_on_different_file_systems(bool rolling)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(2 * Size);

        var result = await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = disk.Path, RollingCombine = rolling });

        fixture.AssertComplete(result);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Fact]
    public async Task With_rolling_combine_the_temporary_disk_may_be_smaller_than_the_file()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(Size / 2);

        fixture.AssertComplete(await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = disk.Path, RollingCombine = true }));
    }

    [Fact]
    public async Task What_was_begun_without_rolling_combine_is_taken_over_with_it()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var disk = new SmallDisk(2 * Size);
        using var cancel = new CancellationTokenSource();
        fixture.Server.OnRange = async (context, number) =>
        {
            if (number == 0)
            {
                await ScriptedServer.SendRangeAsync(context, Size, fixture.Server.Slice(context)[..(5 * ClientFixture.BlockSize)]);
                return true;
            }

            await cancel.CancelAsync();
            context.Abort();
            return true;
        };
        var options = fixture.Options with { TemporaryDirectory = disk.Path, Connections = 1 };
        await fixture.DownloadAsync(options, cancel.Token);
        fixture.Server.OnRange = (_, _) => Task.FromResult(false);

        var result = await fixture.DownloadAsync(options with { RollingCombine = true });

        fixture.AssertComplete(result);
        Assert.True(result.BytesKept > 0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }
}
