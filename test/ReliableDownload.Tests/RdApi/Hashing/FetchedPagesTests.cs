using ReliableDownload.Api.Hashing;

namespace ReliableDownload.Tests.RdApi.Hashing;

public sealed class FetchedPagesTests
{
    [Fact]
    public void The_oldest_is_dropped_when_it_is_too_much()
    {
        var pages = new FetchedPages();
        Assert.Empty(pages.Add(500, 10, limit: 25));
        Assert.Empty(pages.Add(0, 15, limit: 25));
        Assert.Equal([(500L, 10L)], pages.Add(15, 5, limit: 25));
        Assert.Equal([(0L, 15L), (15L, 5L)], pages.Add(20, 25, limit: 25));
    }
}
