using ReliableDownload.Client;

namespace ReliableDownload.Tests.Client;

public sealed class ExistingTargetTests
{
    private const int Size = (20 * ClientFixture.BlockSize) + 5;

    [Fact]
    public async Task A_target_that_is_right_already_is_a_success_without_a_byte_fetched()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        await File.WriteAllBytesAsync(fixture.Target, fixture.Server.Content, TestContext.Current.CancellationToken);

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.AlreadyComplete, result.Outcome);
        Assert.Equal(0, fixture.Server.RangeRequests);
        Assert.Equal(["file.bin"], Directory.EnumerateFileSystemEntries(fixture.Folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_target_that_leads_to_the_right_file_is_right_already()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        await File.WriteAllBytesAsync(fixture.Folder["elsewhere"], fixture.Server.Content, TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(fixture.Target, "elsewhere");

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.AlreadyComplete, result.Outcome);
        Assert.Equal("elsewhere", new FileInfo(fixture.Target).LinkTarget);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Size - 1)]
    [InlineData(Size)]
    [InlineData(Size + 1)]
    public async Task A_target_with_other_content_is_left_alone(int length)
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        await File.WriteAllBytesAsync(fixture.Target, new byte[length], TestContext.Current.CancellationToken);

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.TargetExists, result.Outcome);
        Assert.Equal(new byte[length], await File.ReadAllBytesAsync(fixture.Target, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task With_force_it_is_replaced_and_what_is_the_same_is_not_fetched()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        byte[] old = [.. fixture.Server.Content];
        old[5 * ClientFixture.BlockSize] ^= 1;
        await File.WriteAllBytesAsync(fixture.Target, old, TestContext.Current.CancellationToken);

        var result = await fixture.DownloadAsync(fixture.Options with { Overwrite = true });

        fixture.AssertComplete(result);
        Assert.Equal(ClientFixture.BlockSize, result.BytesFetched);
    }

    [Fact]
    public async Task A_folder_in_the_target_s_place_is_a_clear_error()
    {
        await using var fixture = await ClientFixture.StartAsync(Size);
        Directory.CreateDirectory(fixture.Target);

        var result = await fixture.DownloadAsync();

        Assert.Equal(DownloadOutcome.LocalFile, result.Outcome);
        Assert.Contains("folder", result.Message, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Server.RangeRequests);
    }
}
