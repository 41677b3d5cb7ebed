using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Cache;

public sealed class SqliteDigestStoreTests : DigestStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly RecordedLog _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => _folder["sub/digests.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Digests_that_nobody_used_for_30_days_are_forgotten_the_others_not()
    {
        await using var store = Open();
        await store.WriteAsync(Key("used"), [Run(0, 1)], Cancellation);
        await store.WriteAsync(Key("unused"), [Run(0, 1)], Cancellation);
        _time.Advance(TimeSpan.FromDays(20));
        Assert.Single(await store.ReadAllAsync(Key("used")));
        await store.TidyAsync(Cancellation);
        _time.Advance(TimeSpan.FromDays(11));
        await store.TidyAsync(Cancellation);
        Assert.Single(await store.ReadAllAsync(Key("used")));
        Assert.Empty(await store.ReadAllAsync(Key("unused")));
    }

    [Fact]
    public async Task A_start_with_a_clock_that_is_31_days_ahead_does_not_empty_the_cache()
    {
        await using (var store = Open())
        {
            for (var file = 0; file < 50; file++)
                await store.WriteAsync(Key($"{file}"), [Run(0, 1)], Cancellation);
        }

        _time.Advance(TimeSpan.FromDays(31));
        await using var wrong = Open();
        await wrong.TidyAsync(Cancellation);
        Assert.Single(await wrong.ReadAllAsync(Key("0")));
        // Also not where it stays wrong for an hour.
        _time.Advance(TimeSpan.FromHours(1.1));
        await wrong.TidyAsync(Cancellation);
        var kept = 0;
        for (var file = 0; file < 50; file++)
            kept += (await wrong.ReadAllAsync(Key($"{file}"))).Count;
        Assert.InRange(kept, 40, 49);
    }

    [Fact]
    public async Task Lookups_do_not_wait_for_a_process_that_writes()
    {
        await using var store = Open();
        await store.WriteAsync(Key("file"), [Run(0, 1)], Cancellation);
        _time.Advance(TimeSpan.FromDays(2));
        using var other = new SqliteConnection($"Data Source={Database};Pooling=False");
        other.Open();
        using var transaction = other.BeginTransaction(deferred: false);
        other.Execute("DELETE FROM file");
        var lookups = Enumerable.Range(0, 100).Select(_ => store.ReadAllAsync(Key("file")));
        // A writer waits for the other one for 5 s.
        var found = await Task.WhenAll(lookups).WaitAsync(TimeSpan.FromSeconds(4), Cancellation);
        Assert.All(found, runs => Assert.Single(runs));
    }

    [Fact]
    public async Task A_full_store_forgets_what_was_not_used_for_longest()
    {
        await using var store = Open(maxBytes: 1 << 20);
        for (var file = 0; file < 60; file++)
        {
            await store.WriteAsync(Key($"{file}"), [Run(0, 1000)], Cancellation);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Empty(await store.ReadAllAsync(Key("0")));
        Assert.Single(await store.ReadAllAsync(Key("59")));
        Assert.True(new FileInfo(Database).Length < 2 << 20);
    }

    [Fact]
    public async Task The_digests_of_an_earlier_content_are_removed()
    {
        await using var store = Open();
        await store.WriteAsync(Key("file"), [Run(0, 1)], Cancellation);
        await store.WriteAsync(Key("file", changed: 2), [Run(0, 1)], Cancellation);
        Assert.Empty(await store.ReadAllAsync(Key("file")));
    }

    internal override Task<OpenedStore> OpenAsync() =>
        Task.FromResult(new OpenedStore(Open(), () => Open(), () => ValueTask.CompletedTask));

    private static DigestKey Key(string file, long changed = 1) =>
        new(file, new FileIdentity(1, 1, 1, changed), 1 << 20, DigestAlgorithm.Sha256);

    private SqliteDigestStore Open(long maxBytes = 1 << 30) => new(Database, _time, _log) { MaxBytes = maxBytes };
}
