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
        Assert.Empty(await opened.Store.ReadAsync(Key, Cancellation));
    }

    [Fact]
    public async Task What_was_written_is_read_by_another_process()
    {
        await using var opened = await OpenAsync();
        await opened.Store.WriteAsync(Key, [Run(0, 3), Run(4, 1)], Cancellation);
        await opened.Store.WriteAsync(Key, [Run(3, 1)], Cancellation);
        await using var other = opened.OpenAgain();
        var runs = await other.ReadAsync(Key, Cancellation);
        Assert.Equal([(0, 3), (3, 1), (4, 1)], runs.Select(run => (run.First, run.Digests.Length / 32)).Order());
        Assert.All(runs, run => Assert.Equal(Run(run.First, run.Digests.Length / 32).Digests.ToArray(), run.Digests.ToArray()));
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
            Assert.Empty(await opened.Store.ReadAsync(other, Cancellation));
    }

    [Fact]
    public async Task Another_content_of_the_same_file_has_its_own_digests()
    {
        await using var opened = await OpenAsync();
        var changed = Key with { Identity = Identity with { Changed = 7 } };
        await opened.Store.WriteAsync(Key, [Run(0, 5)], Cancellation);
        await opened.Store.WriteAsync(changed, [Run(2, 1)], Cancellation);
        var run = Assert.Single(await opened.Store.ReadAsync(changed, Cancellation));
        Assert.Equal(2, run.First);
    }

    [Fact]
    public async Task A_run_that_is_written_again_replaces_the_first_one()
    {
        await using var opened = await OpenAsync();
        await opened.Store.WriteAsync(Key, [Run(0, 1)], Cancellation);
        await opened.Store.WriteAsync(Key, [Run(0, 4)], Cancellation);
        var run = Assert.Single(await opened.Store.ReadAsync(Key, Cancellation));
        Assert.Equal(4 * 32, run.Digests.Length);
    }

    [Fact]
    public async Task Many_callers_at_once_do_not_disturb_each_other()
    {
        await using var opened = await OpenAsync();
        await using var other = opened.OpenAgain();
        IDigestStore[] stores = [opened.Store, other];
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => stores[i % 2].WriteAsync(Key, [Run(i, 1)], Cancellation)));
        Assert.Equal(40, (await other.ReadAsync(Key, Cancellation)).Count);
    }

    internal abstract Task<OpenedStore> OpenAsync();

    internal static DigestRun Run(int first, int count) =>
        new(first, Enumerable.Range(0, count * 32).Select(i => (byte)(first + i)).ToArray());

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
