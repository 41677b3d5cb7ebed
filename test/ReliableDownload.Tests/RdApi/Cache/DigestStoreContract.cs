using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;

namespace ReliableDownload.Tests.RdApi.Cache;

/// <summary>What every store of digests must do, tried with each.</summary>
public abstract class DigestStoreContract
{
    private static readonly FileIdentity Identity = new(Size: 10_000_000, Modified: 1_700_000_000_123_456_789, Inode: ulong.MaxValue, Changed: -5);
    private static readonly DigestKey Key = new("/srv/ü 中.bin", Identity, 2 << 20, DigestAlgorithm.Sha256);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_known_of_a_new_file()
    {
        await using var opened = await OpenAsync();
        Assert.Empty(await opened.Store.ReadAllAsync(Key));
    }

    [Fact]
    public async Task What_was_written_is_read_by_another_process()
    {
        await using var opened = await OpenAsync();
        await opened.Store.WriteAsync(Key, [Run(0, 3), Run(4, 1)], Cancellation);
        await opened.Store.WriteAsync(Key, [Run(3, 1)], Cancellation);
        await using var other = opened.OpenAgain();
        Assert.Equal(Run(0, 5).Digests.ToArray(), await ReadAsync(other, Key, 5));
    }

    [Fact]
    public async Task The_digest_of_a_whole_file_is_kept_beside_those_of_its_blocks()
    {
        await using var opened = await OpenAsync();
        await opened.Store.WriteAsync(Key, [Run(0, 5)], Cancellation);
        await opened.Store.WriteAsync(Key.Whole, [Run(7, 1) with { First = 0 }], Cancellation);
        Assert.Equal(Run(7, 1).Digests.ToArray(), Assert.Single(await opened.Store.ReadAllAsync(Key.Whole)).Digests.ToArray());
        Assert.Empty(await opened.Store.ReadAllAsync((Key with { Identity = Identity with { Changed = 0 } }).Whole));
        await opened.Store.RemoveAsync(Key.Whole, Cancellation);
        Assert.Empty(await opened.Store.ReadAllAsync(Key.Whole));
        Assert.Equal(Run(0, 5).Digests.ToArray(), await ReadAsync(opened.Store, Key, 5));
    }

    [Fact]
    public async Task Digests_of_many_small_files_are_kept_together_and_found_one_by_one_too()
    {
        const int Files = 2500;
        await using var opened = await OpenAsync();
        var keys = Enumerable.Range(0, Files).Select(i => Key with { File = $"/srv/{i}", Identity = Identity with { Size = 1 + i, Inode = (ulong)i } }).ToArray();
        await opened.Store.WriteFilesAsync([.. keys.Select((key, i) => new FileDigest(key, Run(i, 1).Digests.ToArray()))], Cancellation);
        var changed = keys[7] with { Identity = keys[7].Identity with { Changed = 9 } };
        await opened.Store.WriteFilesAsync([.. keys.Select((key, i) => new FileDigest(key, Run(i, 1).Digests.ToArray()))], Cancellation);
        await opened.Store.WriteFilesAsync([new FileDigest(changed, Run(99, 1).Digests.ToArray())], Cancellation);

        await opened.Store.WriteFilesAsync([new FileDigest(keys[8], Run(88, 1).Digests.ToArray())], Cancellation);

        await using var other = opened.OpenAgain();
        var found = new Dictionary<int, byte[]>();
        await other.ReadFilesAsync([.. keys, changed, Key], (i, digest) => found.Add(i, digest.ToArray()), Cancellation);

        Assert.Equal(Run(1234, 1).Digests.ToArray(), found[1234]);
        Assert.Equal(Run(88, 1).Digests.ToArray(), found[8]);
        Assert.Equal(Run(99, 1).Digests.ToArray(), found[Files]);
        Assert.False(found.ContainsKey(Files + 1));
        Assert.InRange(found.Count, Files, Files + 1);
        Assert.Equal(found[1234], Assert.Single(await other.ReadAllAsync(keys[1234])).Digests.ToArray());
    }

    [Fact]
    public async Task A_gap_stays_unknown()
    {
        await using var opened = await OpenAsync();
        await opened.Store.WriteAsync(Key, [Run(1, 1), Run(3, 1)], Cancellation);
        var runs = await opened.Store.ReadAllAsync(Key);
        Assert.Equal([(1, 32), (3, 32)], runs.Select(run => (run.First, run.Digests.Length)).Order());
    }

    [Fact]
    public async Task A_file_of_many_blocks_is_kept_whole()
    {
        const int Blocks = 40_000;
        await using var opened = await OpenAsync();
        var key = Key with { Identity = Identity with { Size = (long)Blocks * Key.BlockSize } };
        await opened.Store.WriteAsync(key, [Run(1, Blocks - 1)], Cancellation);
        await opened.Store.WriteAsync(key, [Run(0, 1)], Cancellation);
        Assert.Equal(Run(0, Blocks).Digests.ToArray(), await ReadAsync(opened.Store, key, Blocks));
    }

    [Fact]
    public async Task A_short_run_does_not_hide_a_longer_one()
    {
        await using var opened = await OpenAsync();
        await using var other = opened.OpenAgain();
        await opened.Store.WriteAsync(Key, [Run(0, 5)], Cancellation);
        await other.WriteAsync(Key, [Run(0, 1)], Cancellation);
        Assert.Equal(Run(0, 5).Digests.ToArray(), await ReadAsync(opened.Store, Key, 5));
    }

    [Fact]
    public async Task What_is_removed_is_gone_and_the_rest_stays()
    {
        await using var opened = await OpenAsync();
        var other = Key with { File = "/srv/other" };
        await opened.Store.WriteAsync(Key, [Run(0, 5)], Cancellation);
        await opened.Store.WriteAsync(other, [Run(0, 5)], Cancellation);
        await opened.Store.RemoveAsync(Key, Cancellation);
        await opened.Store.WriteAsync(Key, [Run(1, 1)], Cancellation);
        Assert.Equal(1, Assert.Single(await opened.Store.ReadAllAsync(Key)).First);
        Assert.NotEmpty(await opened.Store.ReadAllAsync(other));
    }

    [Fact]
    public async Task Each_part_of_the_key_counts()
    {
        await using var opened = await OpenAsync();
        await opened.Store.WriteAsync(Key, [Run(0, 1)], Cancellation);
        DigestKey[] others =
        [
            Key with { File = "/srv/other" },
            Key with { BlockSize = 1 << 20 },
            Key with { Algorithm = DigestAlgorithm.Sha1 },
            Key with { Identity = Identity with { Size = 1 } },
            Key with { Identity = Identity with { Modified = 1 } },
            Key with { Identity = Identity with { Inode = 1 } },
            Key with { Identity = Identity with { Changed = 1 } },
        ];
        foreach (var other in others)
            Assert.Empty(await opened.Store.ReadAllAsync(other));
    }

    [Fact]
    public async Task Another_content_of_the_same_file_has_its_own_digests()
    {
        await using var opened = await OpenAsync();
        var changed = Key with { Identity = Identity with { Changed = 7 } };
        await opened.Store.WriteAsync(Key, [Run(0, 5)], Cancellation);
        await opened.Store.WriteAsync(changed, [Run(2, 1)], Cancellation);
        var run = Assert.Single(await opened.Store.ReadAllAsync(changed));
        Assert.Equal(2, run.First);
    }

    [Fact]
    public async Task A_run_that_is_written_again_replaces_the_first_one()
    {
        await using var opened = await OpenAsync();
        await opened.Store.WriteAsync(Key, [Run(0, 1)], Cancellation);
        await opened.Store.WriteAsync(Key, [Run(0, 4)], Cancellation);
        var run = Assert.Single(await opened.Store.ReadAllAsync(Key));
        Assert.Equal(4 * 32, run.Digests.Length);
    }

    [Fact]
    public async Task Many_callers_at_once_do_not_disturb_each_other()
    {
        await using var opened = await OpenAsync();
        await using var other = opened.OpenAgain();
        var key = Key with { Identity = Identity with { Size = 40L * Key.BlockSize } };
        IDigestStore[] stores = [opened.Store, other];
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => stores[i % 2].WriteAsync(key, [Run(i, 1)], Cancellation)));
        Assert.Equal(40, (await other.ReadAllAsync(key)).Sum(run => run.Digests.Length) / 32);
    }

    internal abstract Task<OpenedStore> OpenAsync();

    internal static DigestRun Run(int first, int count) =>
        new(first, Enumerable.Range(first, count).SelectMany(block => Enumerable.Range(1, 32).Select(i => (byte)(block + i))).ToArray());

    /// <summary>The digests of the first blocks as the store has them, all of which it must have.</summary>
    private static async Task<byte[]> ReadAsync(IDigestStore store, DigestKey key, int blocks)
    {
        var table = new DigestTable(key.Algorithm, blocks);
        foreach (var run in await store.ReadAllAsync(key))
            table.SetRun(run.First, run.Digests.Span);
        return table.Run(0, blocks);
    }

    /// <summary>A store, and a way to see what it keeps with the eyes of another process.</summary>
    internal sealed record OpenedStore(IDigestStore Store, Func<IDigestStore> OpenAgain, Func<ValueTask> Clean) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Store.DisposeAsync();
            await Clean();
        }
    }
}
