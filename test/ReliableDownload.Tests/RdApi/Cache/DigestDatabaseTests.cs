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
    public async Task A_file_that_is_no_database_is_left_alone()
    {
        await File.WriteAllBytesAsync(Database, [.. Enumerable.Repeat((byte)'x', 10_000)], Cancellation);
        await AssertLeftAloneAsync("is not a digest cache");
    }

    [Theory]
    [InlineData("CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES ('mine')")]
    [InlineData("PRAGMA application_id = 7")]
    [InlineData("PRAGMA user_version = 1; CREATE TABLE file(id INTEGER PRIMARY KEY)")]
    public async Task The_database_of_another_program_is_left_alone(string sql)
    {
        Alter(sql);
        await AssertLeftAloneAsync("another program's database");
    }

    [Fact]
    public async Task The_database_of_another_program_that_was_killed_keeps_what_is_in_its_log_alone()
    {
        // A copy of the files while they are open is what a killed program leaves.
        using (var connection = new SqliteConnection($"Data Source={_folder["open.db"]};Pooling=False"))
        {
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL; CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES ('mine')");
            foreach (var suffix in (string[])["", "-wal"])
                File.Copy(_folder["open.db"] + suffix, Database + suffix);
        }

        Assert.InRange(new FileInfo(Database + "-wal").Length, 1, long.MaxValue);
        await AssertLeftAloneAsync("another program's database");
    }

    [Fact]
    public async Task A_pipe_is_left_alone()
    {
        SpecialFiles.CreateFifo(Database);
        await using var store = Open();
        await Assert.ThrowsAsync<DigestStoreException>(() => store.OpenAsync(Cancellation));
    }

    [Fact]
    public async Task A_cache_of_2_0_that_was_killed_before_its_log_was_merged_is_used()
    {
        // Version 2.0 began the log before it made the tables.
        using (var connection = new SqliteConnection($"Data Source={_folder["open.db"]};Pooling=False"))
        {
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL");
            Copy("");
            Assert.Null(CacheFile.Refusal(Database));
            connection.Execute($"BEGIN; CREATE TABLE file(id); PRAGMA application_id = {CacheFile.ApplicationId}; PRAGMA user_version = 1; COMMIT");
            foreach (var suffix in (string[])["", "-wal"])
                Copy(suffix);
        }

        Assert.Equal(4096, new FileInfo(Database).Length);
        Assert.Null(CacheFile.Refusal(Database));

        void Copy(string suffix) => File.Copy(_folder["open.db"] + suffix, Database + suffix, overwrite: true);
    }

    [Fact]
    public async Task An_empty_file_becomes_a_cache()
    {
        await File.WriteAllBytesAsync(Database, [], Cancellation);
        await WriteAndReadAsync();
        Assert.Empty(_log.All);
    }

    [Fact]
    public async Task A_database_that_breaks_while_it_is_in_use_is_set_aside()
    {
        await WriteAndReadAsync();
        var content = await File.ReadAllBytesAsync(Database, Cancellation);
        content.AsSpan(4096).Fill(0xA5);
        await File.WriteAllBytesAsync(Database, content, Cancellation);
        await using var store = Open();
        await Assert.ThrowsAsync<DigestStoreException>(() => store.ReadAllAsync(Key));
        Assert.Empty(await store.ReadAllAsync(Key));
        Assert.Single(Directory.GetFiles(_folder.Path, "digests.db.broken-*"));
    }

    [Fact]
    public async Task The_database_of_a_newer_version_is_left_alone()
    {
        await WriteAndReadAsync();
        Alter("PRAGMA user_version = 99");
        var before = await File.ReadAllBytesAsync(Database, Cancellation);
        await using var store = Open();
        var error = await Assert.ThrowsAsync<DigestStoreException>(() => store.ReadAllAsync(Key));
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

    private async Task AssertLeftAloneAsync(string reason)
    {
        var before = Directory.GetFiles(_folder.Path).Order().Select(file => (file, Convert.ToHexString(File.ReadAllBytes(file)))).ToArray();
        await using (var store = Open())
        {
            var error = await Assert.ThrowsAsync<DigestStoreException>(() => store.WriteAsync(Key, [DigestStoreContract.Run(0, 1)], Cancellation));
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.Contains(Database, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, Directory.GetFiles(_folder.Path).Order().Select(file => (file, Convert.ToHexString(File.ReadAllBytes(file)))));
    }

    private SqliteDigestStore Open() => new(Database, TimeProvider.System, _log);

    private async Task WriteAndReadAsync()
    {
        await using var store = Open();
        await store.WriteAsync(Key, [DigestStoreContract.Run(0, 1)], Cancellation);
        Assert.Single(await store.ReadAllAsync(Key));
    }

    private void Alter(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        connection.Execute(sql);
    }
}
