using ReliableDownload.Api.Kernel;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Kernel;

public sealed class PageCacheTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_in_memory_is_read_and_what_is_not_is_not_waited_for()
    {
        const int size = 4 << 20;
        var content = SampleFile.Create(_folder["file"], size);
        using var file = ColdFile.Open(_folder["file"]);
        var buffer = new byte[size];
        PageCache.Drop(file, 0, 0);
        Assert.False(PageCache.Has(file, 0, size));
        // To ask has the disk begin, which may be done by now: another file, and far from where it was asked for.
        SampleFile.Create(_folder["other"], size);
        using (var other = ColdFile.Open(_folder["other"]))
        {
            PageCache.Drop(other, 0, 0);
            Assert.True(PageCache.TryRead(other, buffer.AsSpan(size / 2), size / 2) <= 0);
        }

        Assert.Equal(size, RandomAccess.Read(file, buffer, 0));
        buffer.AsSpan().Clear();
        Assert.Equal(size, PageCache.TryRead(file, buffer, 0));
        Assert.Equal(content, buffer);
        Assert.True(PageCache.Has(file, 0, size));
        Assert.False(PageCache.Has(file, 1, size));
        Assert.Equal(0, PageCache.TryRead(file, buffer, size));
    }

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
