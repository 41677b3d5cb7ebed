using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Cache;

public sealed class SqliteDigestStoreTests : DigestStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();
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
        Assert.Single(await store.ReadAsync(Key("used"), Cancellation));
        _time.Advance(TimeSpan.FromDays(11));
        Assert.Single(await store.ReadAsync(Key("used"), Cancellation));
        Assert.Empty(await store.ReadAsync(Key("unused"), Cancellation));
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

        Assert.Empty(await store.ReadAsync(Key("0"), Cancellation));
        Assert.Single(await store.ReadAsync(Key("59"), Cancellation));
        Assert.True(new FileInfo(Database).Length < 2 << 20);
    }

    [Fact]
    public async Task The_digests_of_an_earlier_content_are_removed()
    {
        await using var store = Open();
        await store.WriteAsync(Key("file"), [Run(0, 1)], Cancellation);
        await store.WriteAsync(Key("file", changed: 2), [Run(0, 1)], Cancellation);
        Assert.Empty(await store.ReadAsync(Key("file"), Cancellation));
    }

    internal override Task<OpenedStore> OpenAsync() =>
        Task.FromResult(new OpenedStore(Open(), () => Open(), () => ValueTask.CompletedTask));

    private static DigestKey Key(string file, long changed = 1) =>
        new(file, new FileIdentity(1, 1, 1, changed), 1 << 20, DigestAlgorithm.Sha256);

    private SqliteDigestStore Open(long maxBytes = 1 << 30) => new(Database, _time, _log) { MaxBytes = maxBytes };
}
