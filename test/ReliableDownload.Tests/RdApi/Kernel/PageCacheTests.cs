using ReliableDownload.Api.Hashing;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class PageCacheTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_dropped_in_small_pieces_leaves_memory_although_it_came_in_large_ones()
    {
        const int size = 8 << 20, piece = 192 << 10;
        SampleFile.Create(_folder["file"], size);
        using var file = ColdFile.Open(_folder["file"]);
        File.WriteAllBytes(_folder["file"], new byte[size]);
        RandomAccess.FlushToDisk(file);
        for (var offset = 0L; offset < size; offset += piece)
            PageCache.Drop(file, offset, piece);
        for (var offset = size - 1L; offset > 0; offset -= piece)
            Assert.True(PageCache.Lacks(file, offset), $"The byte at {offset} is in memory.");
    }
}
