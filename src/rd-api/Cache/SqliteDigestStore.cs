using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// The embedded store: one SQLite file, which several rd-api may share. It keeps one content per file, and deletes what has not been used
/// for <see cref="Lifetime"/> and, beyond its size, the least recently used. Lookups run in parallel and never wait for writes, by this
/// process or another (SQLite's write-ahead log). SQLite has no asynchronous calls: each blocks its caller's thread.
/// </summary>
internal sealed class SqliteDigestStore(string file, TimeProvider time, ILogger log) : IDigestStore
{
    /// <summary>How long unused digests are kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private const int Readers = 4;

    private static readonly TimeSpan CleaningInterval = TimeSpan.FromHours(1);

    /// <summary>A condition: the row of a key's file.</summary>
    public const string SameFile = "path = @path AND block_size = @blockSize AND algorithm = @algorithm";

    /// <summary>A condition: the content is still the key's.</summary>
    public const string SameContent = "(size, modified, inode, changed) = (@size, @modified, @inode, @changed)";

    private readonly DigestDatabase _database = new(file, time, log);
    private readonly ConcurrentDictionary<long, bool> _used = new();
    private volatile Connections? _connections;

    // Right after boot the clock may be wrong until the machine has synchronised it.
    private long _cleaned = time.GetTimestamp();

    /// <summary>The most that the database may hold, in bytes: 1 GiB, the SHA-256 digests of 64 TiB in blocks of 2 MiB.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    public Task OpenAsync(CancellationToken cancellationToken) => WriteAsync(static _ => { }, cancellationToken);

    public Task ReadAsync(DigestKey key, Action<DigestRun> found, CancellationToken cancellationToken) =>
        UseAsync(connections => connections.Reading, connection => Read(connection, key, found), cancellationToken);

    public Task WriteAsync(DigestKey key, IReadOnlyList<DigestRun> runs, CancellationToken cancellationToken) =>
        WriteAsync(connection => Write(connection, key, runs), cancellationToken);

    public Task WriteFilesAsync(IReadOnlyList<FileDigest> files, CancellationToken cancellationToken) =>
        WriteAsync(
            connection =>
            {
                using var transaction = connection.BeginTransaction(deferred: false);
                SqliteFileDigests.Write(connection, files, time.GetUtcNow().ToUnixTimeSeconds());
                Shrink(connection);
                transaction.Commit();
            },
            cancellationToken);

    public Task ReadFilesAsync(IReadOnlyList<DigestKey> keys, Action<int, ReadOnlyMemory<byte>> found, CancellationToken cancellationToken) =>
        UseAsync(connections => connections.Reading, connection => SqliteFileDigests.Read(connection, keys, found, SetUsed), cancellationToken);

    public Task RemoveAsync(DigestKey key, CancellationToken cancellationToken) =>
        WriteAsync(connection => connection.Execute($"DELETE FROM file WHERE {SameFile}", Parameters(key)), cancellationToken);

    public Task TidyAsync(CancellationToken cancellationToken)
    {
        var isCleaned = time.GetElapsedTime(_cleaned) < CleaningInterval;
        return _used.IsEmpty && isCleaned ? Task.CompletedTask : WriteAsync(connection => Tidy(connection, isCleaned), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _connections, null) is not { } connections)
            return;
        await connections.Reading.DisposeAsync();
        await connections.Writing.DisposeAsync();
    }

    private Task WriteAsync(Action<SqliteConnection> use, CancellationToken cancellationToken) =>
        UseAsync(connections => connections.Writing, use, cancellationToken);

    private async Task UseAsync(
        Func<Connections, SqliteConnections> choose, Action<SqliteConnection> use, CancellationToken cancellationToken)
    {
        var connections = _connections ?? Connect();
        try
        {
            await choose(connections).UseAsync(
                connection =>
                {
                    use(connection);
                    return true;
                },
                cancellationToken);
        }
        catch (SqliteException error)
        {
            if (DigestDatabase.IsCorrupt(error))
                SetAside(connections, error.Message);
            throw new DigestStoreException($"the digest cache {file} cannot be used: {error.Message}", error)
            {
                IsBusy = error.SqliteErrorCode is SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED,
            };
        }
    }

    private Connections Connect()
    {
        var connections = new Connections(new SqliteConnections(_database.Open, Readers), new SqliteConnections(_database.Open, 1));
        return Interlocked.CompareExchange(ref _connections, connections, null) ?? connections;
    }

    // Only the first caller that finds the file corrupt handles it, for all of them.
    private void SetAside(Connections connections, string reason) =>
        _database.SetAside(reason, () =>
        {
            if (Interlocked.CompareExchange(ref _connections, null, connections) != connections)
                return false;
            connections.Reading.Close();
            connections.Writing.Close();
            return true;
        });

    private void Read(SqliteConnection connection, DigestKey key, Action<DigestRun> found)
    {
        // In one statement, because another process may write between two.
        using var command = connection.Statement(
            $"SELECT first, digests, id, last_used FROM file JOIN run ON run.file = file.id WHERE {SameFile} AND {SameContent}", Parameters(key));
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            found(new DigestRun(rows.GetInt32(0), rows.GetFieldValue<byte[]>(1)));
            SetUsed(rows.GetInt64(2), rows.GetInt64(3));
        }
    }

    // Recording use once a day is enough, and saves most lookups a write.
    private void SetUsed(long id, long lastUsed)
    {
        if (lastUsed < time.GetUtcNow().AddDays(-1).ToUnixTimeSeconds() && _used.Count < Limits.UsedFiles)
            _used.TryAdd(id, true);
    }

    private void Write(SqliteConnection connection, DigestKey key, IReadOnlyList<DigestRun> runs)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        connection.Execute($"DELETE FROM file WHERE {SameFile} AND NOT {SameContent}", Parameters(key));
        var id = connection.Number(
            """
            INSERT INTO file(path, block_size, algorithm, size, modified, inode, changed, last_used)
            VALUES (@path, @blockSize, @algorithm, @size, @modified, @inode, @changed, @now)
            ON CONFLICT DO UPDATE SET last_used = @now RETURNING id
            """,
            [.. Parameters(key), ("@now", time.GetUtcNow().ToUnixTimeSeconds())]);
        foreach (var run in runs)
        {
            connection.Execute(
                """
                INSERT INTO run(file, first, digests) VALUES (@id, @first, @digests)
                ON CONFLICT DO UPDATE SET digests = excluded.digests WHERE length(excluded.digests) >= length(run.digests)
                """,
                ("@id", id),
                ("@first", run.First),
                ("@digests", run.Digests.ToArray()));
        }

        Shrink(connection);
        transaction.Commit();
    }

    private void Tidy(SqliteConnection connection, bool isCleaned)
    {
        var now = time.GetUtcNow();
        using var transaction = connection.BeginTransaction(deferred: false);
        foreach (var id in _used.Keys)
        {
            connection.Execute("UPDATE file SET last_used = @now WHERE id = @id", ("@now", now.ToUnixTimeSeconds()), ("@id", id));
            _used.TryRemove(id, out _);
        }

        if (!isCleaned)
        {
            // A tenth at a time, so that a clock that is wrong for an hour does not empty the cache and no other process waits for long.
            connection.Execute(
                """
                DELETE FROM file WHERE id IN (
                    SELECT id FROM file WHERE last_used < @oldest ORDER BY last_used LIMIT (SELECT count(*) / 10 + 1 FROM file))
                """,
                ("@oldest", (now - Lifetime).ToUnixTimeSeconds()));
            _cleaned = time.GetTimestamp();
        }

        transaction.Commit();
    }

    // A tenth at a time, so that a full store does not delete something at every write.
    private void Shrink(SqliteConnection connection)
    {
        const string UsedBytes =
            "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
        const string LeastRecentlyUsed =
            "DELETE FROM file WHERE id IN (SELECT id FROM file ORDER BY last_used, id LIMIT (SELECT count(*) / 10 + 1 FROM file))";
        while (connection.Number(UsedBytes) > MaxBytes && connection.Execute(LeastRecentlyUsed) > 0)
        {
        }
    }

    private static (string Name, object Value)[] Parameters(DigestKey key) =>
    [
        ("@path", key.File),
        ("@blockSize", key.BlockSize),
        ("@algorithm", key.Algorithm.WireName),
        ("@size", key.Identity.Size),
        ("@modified", key.Identity.Modified),
        ("@inode", unchecked((long)key.Identity.Inode)),
        ("@changed", key.Identity.Changed),
    ];

    private sealed record Connections(SqliteConnections Reading, SqliteConnections Writing);
}
