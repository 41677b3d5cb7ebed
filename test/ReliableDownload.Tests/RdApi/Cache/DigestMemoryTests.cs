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
        var (first, second, third) = (Full(1000), Full(1000), Full(1500));
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
        memory.Add(Key("huge"), Full(1000));
        Assert.NotNull(memory.Find(Key("huge")));
        memory.Add(Key("small"), Full(1));
        Assert.Null(memory.Find(Key("huge")));
        Assert.NotNull(memory.Find(Key("small")));
    }

    [Fact]
    public void A_table_that_is_put_in_again_takes_its_room_once()
    {
        var memory = new DigestMemory(capacity: 100_000);
        memory.Add(Key("other"), Full(1000));
        for (var time = 0; time < 5; time++)
            memory.Add(Key("again"), Full(1000));
        Assert.NotNull(memory.Find(Key("other")));
    }

    [Fact]
    public void Ten_thousand_small_files_take_no_more_memory_than_twice_the_capacity()
    {
        const int Files = 10_000;
        const int Capacity = 1 << 20;
        var memory = new DigestMemory(Capacity);
        var keys = Enumerable.Range(0, Files).Select(file => Key($"/srv/mirror/{file}.jpg")).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var key in keys)
            memory.Add(key, Full(1));
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / Files;
        Assert.InRange(each, 1, 2048);
        var kept = keys.Count(key => memory.Find(key) is not null);
        Assert.InRange(kept * each, 1, 2 * Capacity);
    }

    private static DigestKey Key(string file) => new(file, new FileIdentity(1, 1, 1, 1), 1, DigestAlgorithm.Sha256);

    private static DigestTable Full(int count)
    {
        var table = new DigestTable(DigestAlgorithm.Sha256, count);
        table.SetRun(0, new byte[count * 32]);
        return table;
    }
}
