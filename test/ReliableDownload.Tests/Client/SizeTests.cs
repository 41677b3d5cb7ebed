namespace ReliableDownload.Tests.Client;

public sealed class SizeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ClientFixture.BlockSize - 1)]
    [InlineData(ClientFixture.BlockSize)]
    [InlineData(ClientFixture.BlockSize + 1)]
    [InlineData(20 * ClientFixture.BlockSize)]
    [InlineData((20 * ClientFixture.BlockSize) - 1)]
    [InlineData((20 * ClientFixture.BlockSize) + 1)]
    public async Task A_file_of_any_size_arrives_whole(int size)
    {
        await using var fixture = await ClientFixture.StartAsync(size);

        var result = await fixture.DownloadAsync();

        fixture.AssertComplete(result);
        Assert.Equal(size, result.Size);
        Assert.Equal(size, result.BytesFetched);
        Assert.Equal(0, result.BytesKept);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Any_number_of_connections_fetches_each_byte_once(int connections)
    {
        await using var fixture = await ClientFixture.StartAsync(50 * ClientFixture.BlockSize);

        var result = await fixture.DownloadAsync(fixture.Options with { Connections = connections });

        fixture.AssertComplete(result);
        Assert.Equal(fixture.Server.Content.Length, result.BytesFetched);
    }
}
