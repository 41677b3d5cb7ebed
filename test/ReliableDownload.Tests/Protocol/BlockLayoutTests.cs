using FsCheck;
using FsCheck.Fluent;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.Protocol;

public sealed class BlockLayoutTests
{
    [Fact]
    public void Blocks_follow_each_other_and_cover_the_file() => Prop.ForAll(
        Gen.Choose(0, 1_000_000).ToArbitrary(),
        Gen.Choose(1, 100_000).ToArbitrary(),
        (size, blockSize) =>
        {
            var layout = new BlockLayout(size, blockSize);
            var end = 0L;
            for (var block = 0; block < Math.Min(layout.BlockCount, 1000); block++)
            {
                Assert.Equal(end, layout.Offset(block));
                Assert.InRange(layout.Length(block), 1, blockSize);
                end += layout.Length(block);
            }

            Assert.Equal(size, layout.Offset(layout.BlockCount));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    [InlineData(1, BlockLayout.MaxBlockSize + 1)]
    [InlineData(long.MaxValue, BlockLayout.MaxBlockSize)]
    public void Numbers_out_of_range_are_refused(long size, int blockSize) =>
        Assert.Throws<ProtocolException>(() => new BlockLayout(size, blockSize));
}
