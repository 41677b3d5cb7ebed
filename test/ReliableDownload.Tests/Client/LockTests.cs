using Microsoft.Win32.SafeHandles;
using ReliableDownload.Client;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.Client;

public sealed class LockTests
{
    private const int Size = 20 * ClientFixture.BlockSize;

    [Fact]
    public async Task Two_at_one_download_exclude_each_other()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        DownloadResult? second = null;
        fixture.Server.OnRange = async (_, number) =>
        {
            if (number == 0)
                second = await fixture.DownloadAsync();
            return false;
        };

        var first = await fixture.DownloadAsync(fixture.Options with { StallLimit = TimeSpan.FromSeconds(20) });

        fixture.AssertComplete(first);
        Assert.Equal(DownloadOutcome.InUse, second!.Outcome);
        Assert.Contains(fixture.Target, second.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_namesake_that_has_not_learned_of_its_file_yet_is_no_obstacle()
    {
        await using var one = await ClientFixture.StartAsync(Size);
        await using var other = await ClientFixture.StartAsync(Size / 2);
        DownloadResult? second = null;
        one.Server.OnMetadata = async (_, number) =>
        {
            if (number == 0)
                second = await other.DownloadAsync(other.Options with { TemporaryDirectory = one.Blocks });
            return false;
        };

        var first = await one.DownloadAsync(one.Options with { StallLimit = TimeSpan.FromSeconds(20) });

        one.AssertComplete(first);
        other.AssertComplete(second!);
    }

    [Fact]
    public async Task Two_with_different_temp_folders_do_not_write_into_one_part_file_beside_the_target()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var here = new SmallDisk(2 * Size);
        using var there = new SmallDisk(2 * Size);
        DownloadResult? second = null;
        fixture.Server.OnRange = async (_, number) =>
        {
            // The first one is asked before there is a part file.
            if (number == 1)
                second = await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = there.Path, RollingCombine = true });
            return false;
        };

        var first = await fixture.DownloadAsync(fixture.Options with { TemporaryDirectory = here.Path, RollingCombine = true, StallLimit = TimeSpan.FromSeconds(20) });

        fixture.AssertComplete(first);
        Assert.Equal(DownloadOutcome.InUse, second!.Outcome);
    }

    [Fact]
    public async Task A_program_that_is_being_started_and_has_all_open_files_for_a_moment_keeps_no_lock()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux shows a process its open files");
        await using var fixture = await ClientFixture.StartAsync(Size);
        using var cancel = new CancellationTokenSource();
        SafeFileHandle? inherited = null;
        fixture.Server.OnRange = async (_, number) =>
        {
            if (number != 3)
                return false;
            inherited = InheritedFile.Open(fixture.Part);
            await cancel.CancelAsync();
            return true;
        };
        Assert.Equal(DownloadOutcome.Canceled, (await fixture.DownloadAsync(cancellationToken: cancel.Token)).Outcome);
        fixture.Server.OnRange = (_, _) => Task.FromResult(false);

        using (inherited)
            fixture.AssertComplete(await fixture.DownloadAsync());
    }

    [Fact]
    public async Task Namesakes_for_two_places_do_not_share_their_blocks()
    {
        await using var one = await ClientFixture.StartAsync(Size);
        await using var other = await ClientFixture.StartAsync(Size / 2);
        DownloadResult? second = null;
        one.Server.OnRange = async (_, number) =>
        {
            // The first one is asked before the folder says whom it belongs to.
            if (number == 1)
                second = await other.DownloadAsync(other.Options with { TemporaryDirectory = one.Blocks });
            return false;
        };

        var first = await one.DownloadAsync(one.Options with { StallLimit = TimeSpan.FromSeconds(20) });

        one.AssertComplete(first);
        other.AssertComplete(second!);
    }
}
