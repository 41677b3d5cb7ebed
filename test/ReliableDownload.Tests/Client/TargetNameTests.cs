using ReliableDownload.Client;

namespace ReliableDownload.Tests.Client;

public sealed class TargetNameTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_name_as_long_as_the_file_system_takes_is_all_right(bool keep)
    {
        await using var fixture = await ClientFixture.StartAsync(1000);
        var target = fixture.Folder[new string('n', 255)];

        var result = await new Downloader(fixture.Options with { KeepBlocks = keep }).DownloadAsync(fixture.Server.Url, target, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("", result.Message);
        Assert.Equal(DownloadOutcome.Complete, result.Outcome);
        Assert.Equal(fixture.Server.Content, await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_target_that_is_to_be_a_folder_is_said_before_anything_is_fetched()
    {
        await using var fixture = await ClientFixture.StartAsync(1000);
        var target = fixture.Folder["new"] + Path.DirectorySeparatorChar;

        var result = await new Downloader(fixture.Options).DownloadAsync(fixture.Server.Url, target, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(DownloadOutcome.LocalFile, result.Outcome);
        Assert.Contains("is a folder", result.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.Folder.Path));
    }
}
