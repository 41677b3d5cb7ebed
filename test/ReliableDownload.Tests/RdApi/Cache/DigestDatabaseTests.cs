using Microsoft.Data.Sqlite;
using ReliableDownload.Api.Cache;
using ReliableDownload.Api.Files;
using ReliableDownload.Protocol;
using ReliableDownload.Tests.Support;

namespace ReliableDownload.Tests.RdApi.Cache;

/// <summary>What the embedded store does with a file that it cannot use as it is.</summary>
public sealed class DigestDatabaseTests : IDisposable
{
    private static readonly DigestKey Key = new("/file", new FileIdentity(1, 1, 1, 1), 1 << 20, DigestAlgorithm.Sha256);

    private readonly TempFolder _folder = new();
    private readonly RecordedLog _log = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Database => _folder["digests.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_of_garbage_is_set_aside_and_a_new_one_begun()
    {
        await File.WriteAllBytesAsync(Database, [.. Enumerable.Repeat((byte)'x', 10_000)], Cancellation);
        await WriteAndReadAsync();
        Assert.Contains("is broken", Assert.Single(_log.All), StringComparison.Ordinal);
        var aside = Assert.Single(Directory.GetFiles(_folder.Path, "digests.db.broken-*"));
        Assert.Equal(10_000, new FileInfo(aside).Length);
    }

    [Fact]
    public async Task The_database_of_another_program_is_set_aside_unharmed()
    {
        Alter("CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES ('mine')");
        var before = await File.ReadAllBytesAsync(Database, Cancellation);
        await WriteAndReadAsync();
        var aside = Assert.Single(Directory.GetFiles(_folder.Path, "digests.db.broken-*"));
        Assert.Equal(before, await File.ReadAllBytesAsync(aside, Cancellation));
    }

    [Fact]
    public async Task A_database_that_breaks_while_it_is_in_use_is_set_aside()
    {
        await WriteAndReadAsync();
        var content = await File.ReadAllBytesAsync(Database, Cancellation);
        content.AsSpan(4096).Fill(0xA5);
        await File.WriteAllBytesAsync(Database, content, Cancellation);
        await using var store = Open();
        await Assert.ThrowsAsync<DigestStoreException>(() => store.ReadAsync(Key, Cancellation));
        Assert.Empty(await store.ReadAsync(Key, Cancellation));
        Assert.Single(Directory.GetFiles(_folder.Path, "digests.db.broken-*"));
    }

    [Fact]
    public async Task The_database_of_a_newer_version_is_left_alone()
    {
        await WriteAndReadAsync();
        Alter("PRAGMA user_version = 99");
        var before = await File.ReadAllBytesAsync(Database, Cancellation);
        await using var store = Open();
        var error = await Assert.ThrowsAsync<DigestStoreException>(() => store.ReadAsync(Key, Cancellation));
        Assert.Contains("newer", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Database, Cancellation));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named_in_the_error()
    {
        await File.WriteAllTextAsync(_folder["file"], "", Cancellation);
        await using var store = new SqliteDigestStore(_folder["file/digests.db"], TimeProvider.System, _log);
        var error = await Assert.ThrowsAsync<DigestStoreException>(() => store.OpenAsync(Cancellation));
        Assert.Contains(_folder["file/digests.db"], error.Message, StringComparison.Ordinal);
    }

    private SqliteDigestStore Open() => new(Database, TimeProvider.System, _log);

    private async Task WriteAndReadAsync()
    {
        await using var store = Open();
        await store.WriteAsync(Key, [DigestStoreContract.Run(0, 1)], Cancellation);
        Assert.Single(await store.ReadAsync(Key, Cancellation));
    }

    private void Alter(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        connection.Execute(sql);
    }
}
