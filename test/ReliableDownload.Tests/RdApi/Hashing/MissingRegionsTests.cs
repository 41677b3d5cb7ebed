using ReliableDownload.Api.Hashing;
using ReliableDownload.Tests.RdApi.Kernel;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class MissingRegionsTests : IDisposable
{
    private const int Size = MissingRegions.Size;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_read_since_the_region_before_it_was_asked_for_was_missing()
    {
        SampleFile.CreateThin(_folder["file"], (3L * Size) - 1);
        using var file = ColdFile.Open(_folder["file"]);
        var missing = new MissingRegions();
        Assert.True(missing.Contains(file, 0, 1));
        File.ReadAllBytes(_folder["file"]);
        Assert.True(missing.Contains(file, Size, Size + 1));
        Assert.False(missing.Contains(file, 2 * Size, (2 * Size) + 1));
    }

    [Fact]
    public void What_was_in_memory_before_was_not_missing()
    {
        SampleFile.CreateThin(_folder["file"], Size + 1);
        using var file = ColdFile.Open(_folder["file"]);
        File.ReadAllBytes(_folder["file"]);
        var missing = new MissingRegions();
        Assert.False(missing.Contains(file, 0, Size + 1));
        Assert.False(missing.Contains(file, Size, Size + 1));
    }
}
