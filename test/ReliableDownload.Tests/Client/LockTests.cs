using ReliableDownload.Client;

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
