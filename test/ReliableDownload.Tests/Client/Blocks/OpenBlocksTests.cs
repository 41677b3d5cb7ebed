using ReliableDownload.Client.Blocks;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.Client.Blocks;

public sealed class OpenBlocksTests
{
    private const int MemoryLimit = 52 << 20;
    private const int Page = 4 << 10;

    [Fact]
    public void Tiny_blocks_are_counted_as_the_memory_that_they_take()
    {
        var open = new OpenBlocks(new BlockLayout(fileSize: 100_000, blockSize: 1));
        var count = 0;
        while (count < 100_000 && open.HasMemory())
            open.Close(open.Open(count++));

        Assert.Equal(MemoryLimit / Page, count);
    }

    [Fact]
    public void Blocks_of_a_gibibyte_take_none()
    {
        var open = new OpenBlocks(new BlockLayout(fileSize: 100L << 30, blockSize: 1 << 30));
        for (var block = 0; block < 100; block++)
        {
            var opened = open.Open(block);
            Assert.True(opened.IsOnDisk);
            open.Close(opened);
            Assert.True(open.HasMemory());
        }
    }
}
