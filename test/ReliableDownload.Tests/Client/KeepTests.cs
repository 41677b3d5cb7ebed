using ReliableDownload.Client;

namespace ReliableDownload.Tests.Client;

public sealed class KeepTests
{
    private const int Size = (20 * ClientFixture.BlockSize) + 5;

    [Fact]
    public async Task Kept_blocks_make_the_file_again_without_the_network()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var options = fixture.Options with { KeepBlocks = true };
        await fixture.DownloadAsync(options);
        File.Delete(fixture.Target);
        await fixture.Server.DisposeAsync();

        var result = await fixture.DownloadAsync(options);

        Assert.Equal("", result.Message);
        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        Assert.Equal(Size, result.BytesKept);
        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task Kept_blocks_of_another_content_do_not_stand_for_the_server_s()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var options = fixture.Options with { KeepBlocks = true };
        await fixture.DownloadAsync(options);
        File.Delete(fixture.Target);
        fixture.Server.Content = [.. fixture.Server.Content.Reverse()];

        await fixture.DownloadAsync(options);

        fixture.AssertTargetIsRight();
    }

    [Fact]
    public async Task Kept_blocks_that_rotted_are_not_believed()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        var options = fixture.Options with { KeepBlocks = true, MaxAttempts = 2 };
        await fixture.DownloadAsync(options);
        File.Delete(fixture.Target);
        await File.WriteAllBytesAsync(fixture.Part, new byte[Size], TestContext.Current.CancellationToken);
        await fixture.Server.DisposeAsync();

        var result = await fixture.DownloadAsync(options);

        Assert.Equal(DownloadOutcome.Network, result.Outcome);
        Assert.False(File.Exists(fixture.Target));
    }
}
