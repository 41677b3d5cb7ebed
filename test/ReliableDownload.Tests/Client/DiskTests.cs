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
