using ReliableDownload.Api.Hashing;
using ReliableDownload.Protocol;
using ReliableDownload.Protocol.Hashing;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class ClaimSizeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(64 << 10, 32)]
    [InlineData(2 << 20, 1)]
    [InlineData(64 << 20, 1)]
    public void The_first_digests_come_soon(int blockSize, int blocks) =>
        Assert.Equal(blocks, new ClaimSize(DigestAlgorithm.Sha1, blockSize).Blocks);

    [Fact]
    public void From_memory_all_lanes_are_filled()
    {
        var size = new ClaimSize(DigestAlgorithm.Sha1, 2 << 20);
        size.Measure(1, TimeSpan.FromMilliseconds(1.2));
        Assert.InRange(size.Blocks, MultiBufferHash.MaxLanes(DigestAlgorithm.Sha1), 16);
    }

    [Fact]
    public void From_a_slow_disk_the_digests_come_one_by_one()
    {
        var size = new ClaimSize(DigestAlgorithm.Sha1, 2 << 20);
        size.Measure(1, TimeSpan.FromMilliseconds(1.2));
        // 10 MB/s.
        size.Measure(5, Second);
        Assert.Equal(1, size.Blocks);
    }

    [Fact]
    public void From_a_disk_between_they_come_ten_times_a_second()
    {
        var size = new ClaimSize(DigestAlgorithm.Sha1, 2 << 20);
        size.Measure(100, Second);
        Assert.Equal(10, size.Blocks);
    }

    [Fact]
    public void A_claim_that_took_no_time_is_no_reason_for_more_than_all_lanes()
    {
        var size = new ClaimSize(DigestAlgorithm.Sha1, 64 << 20);
        size.Measure(1, TimeSpan.Zero);
        Assert.Equal(MultiBufferHash.MaxLanes(DigestAlgorithm.Sha1), size.Blocks);
    }
}
