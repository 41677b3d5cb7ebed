using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.RdApi.Cache;

public sealed class DigestMemoryTests
{
    [Fact]
    public void What_was_not_used_for_longest_makes_room()
    {
        var memory = new DigestMemory(capacity: 100_000);
        var (first, second, third) = (Table(1000), Table(1000), Table(1500));
        memory.Add(Key("1"), first);
        memory.Add(Key("2"), second);
        Assert.Same(first, memory.Find(Key("1")));
        memory.Add(Key("3"), third);
        Assert.Same(first, memory.Find(Key("1")));
        Assert.Null(memory.Find(Key("2")));
        Assert.Same(third, memory.Find(Key("3")));
    }

    [Fact]
    public void A_table_larger_than_all_room_is_kept_until_the_next_comes()
    {
        var memory = new DigestMemory(capacity: 1000);
        memory.Add(Key("huge"), Table(1000));
        Assert.NotNull(memory.Find(Key("huge")));
        memory.Add(Key("small"), Table(1));
        Assert.Null(memory.Find(Key("huge")));
        Assert.NotNull(memory.Find(Key("small")));
    }

    [Fact]
    public void A_table_that_is_put_in_again_takes_its_room_once()
    {
        var memory = new DigestMemory(capacity: 100_000);
        memory.Add(Key("other"), Table(1000));
        for (var time = 0; time < 5; time++)
            memory.Add(Key("again"), Table(1000));
        Assert.NotNull(memory.Find(Key("other")));
    }

    private static DigestKey Key(string file) => new(file, new FileIdentity(1, 1, 1, 1), 1, DigestAlgorithm.Sha256);

    private static DigestTable Table(int count) => new(DigestAlgorithm.Sha256, count);
}
