using System.Security.Cryptography;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class HolesTests
{
    private const int BlockSize = BlockLayout.MinBlockSize;
    private const int ShortBlock = 1000;

    // Of any number of blocks that are read at once some are all hole, some have data at one end, some have none.
    private const int BlockCount = 1024;

    private static readonly int[] DataAt = [(100 * BlockSize) - 1, 300 * BlockSize, (301 * BlockSize) + 4096, (700 * BlockSize) - 4096];

    [Fact]
    public async Task A_sparse_file_has_the_digests_of_its_bytes()
    {
        using var root = new TempFolder();
        var content = new byte[(BlockCount * BlockSize) + ShortBlock];
        using (var file = File.OpenHandle(root["sparse"], FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.SetLength(file, content.Length);
            foreach (var offset in DataAt)
            {
                content[offset] = 1;
                RandomAccess.Write(file, content.AsSpan(offset, 1), offset);
            }
        }

        await using var server = await RdApiProcess.StartAsync(root.Path, "--block-size", $"{BlockSize}");
        var lines = await server.Client.StreamAsync("sparse").ToListAsync(TestContext.Current.CancellationToken);

        Assert.IsType<StreamLine.End>(lines[^1]);
        Assert.Equal(content.Chunk(BlockSize).SelectMany(SHA256.HashData), MetadataClient.DigestsOf(lines, SHA256.HashSizeInBytes));
    }

    [Fact]
    public async Task A_TiB_of_nothing_is_not_read()
    {
        using var root = new TempFolder();
        SampleFile.CreateZeros(root["huge"], 1L << 40);
        await using var server = await RdApiProcess.StartAsync(root.Path);
        var lines = await server.Client.StreamAsync("huge").ToListAsync(TestContext.Current.CancellationToken);

        Assert.IsType<StreamLine.End>(lines[^1]);
        // A sum of what the process read, for the kernel counts what comes from a hole as well.
        var read = File.ReadLines($"/proc/{server.Process.Id}/io").Single(line => line.StartsWith("rchar:", StringComparison.Ordinal));
        Assert.InRange(long.Parse(read.Split(' ')[1]), 0, 1L << 30);
    }
}
