using Microsoft.Extensions.Logging.Abstractions;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Api.Hashing;
using ReliableDownload.Api.Hosting;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Hashing;

/// <summary>What the log says of a cache that takes nothing new for a while.</summary>
public sealed class DigestWriterTests
{
    private readonly UnstoredFiles _files = new();
    private readonly RecordedLog _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cache_takes_new_digests_again_only_when_it_has_taken_some()
    {
        using var folder = new TempFolder();
        await using var store = new SqliteDigestStore(folder["digests.db"], TimeProvider.System, NullLogger<SqliteDigestStore>.Instance);
        var access = new StoreAccess(store, _log);
        access.Report(new DigestStoreException("it is full") { IsForReading = true });

        await StoreAsync(access);
        Assert.Equal(["Warning: it is full; new digests are kept in memory meanwhile"], _log.All);

        _files.Add(new FileDigest(new DigestKey("/file", new FileIdentity(1, 1, 1, 1), 1 << 20, DigestAlgorithm.Sha256), new byte[32]));
        await StoreAsync(access);
        Assert.Equal("Information: the digest cache takes new digests again", _log.All[^1]);
    }

    // When it stops it stores what there is.
    private async Task StoreAsync(StoreAccess access)
    {
        var supervisor = new Supervisor(new Vitals(), TimeProvider.System, NullLogger<Supervisor>.Instance);
        using var writer = new DigestWriter(new UnstoredJobs(), _files, access, supervisor, TimeProvider.System, _log);
        await writer.StartAsync(Cancellation);
        await writer.StopAsync(Cancellation);
    }
}
