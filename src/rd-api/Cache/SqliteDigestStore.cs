using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// The embedded store: one SQLite file, which several rd-api may share. It knows one content of each file, forgets what was not used
/// for <see cref="Lifetime"/>, and beyond its size the least recently used. SQLite has no asynchronous calls: callers take turns,
/// so that at most one thread of the pool ever waits for the disk.
/// </summary>
internal sealed class SqliteDigestStore(string file, TimeProvider time, ILogger log) : IDigestStore
{
    /// <summary>How long unused digests are kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private static readonly TimeSpan CleaningInterval = TimeSpan.FromHours(1);

    private const string SameFile = "path = @path AND block_size = @blockSize AND algorithm = @algorithm";
    private const string SameContent = "(size, modified, inode, changed) = (@size, @modified, @inode, @changed)";

    private readonly DigestDatabase _database = new(file, time, log);
    private readonly SemaphoreSlim _turn = new(1);
    private SqliteConnection? _connection;
    private DateTimeOffset _cleaned;

    /// <summary>The most that the database may hold, in bytes: 1 GiB, the SHA-256 digests of 64 TiB in blocks of 2 MiB.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    public Task OpenAsync(CancellationToken cancellationToken) => UseAsync(static _ => 0, cancellationToken);

    public Task<IReadOnlyList<DigestRun>> ReadAsync(DigestKey key, CancellationToken cancellationToken) =>
        UseAsync<IReadOnlyList<DigestRun>>(connection => Read(connection, key), cancellationToken);

    public Task WriteAsync(DigestKey key, IReadOnlyList<DigestRun> runs, CancellationToken cancellationToken) =>
        UseAsync(connection => Write(connection, key, runs), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        _connection?.Dispose();
        _connection = null;
        _turn.Release();
    }

    private async Task<T> UseAsync<T>(Func<SqliteConnection, T> use, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _connection ??= _database.Open();
            Clean(_connection);
            return use(_connection);
        }
        catch (SqliteException error)
        {
            _connection?.Dispose();
            _connection = null;
            if (DigestDatabase.IsBroken(error))
                _database.SetAside(error.Message);
            throw new DigestStoreException($"the digest cache {file} cannot be used: {error.Message}", error);
        }
        finally
        {
            _turn.Release();
        }
    }

    private List<DigestRun> Read(SqliteConnection connection, DigestKey key)
    {
        var id = connection.Number($"SELECT id FROM file WHERE {SameFile} AND {SameContent}", Parameters(key));
        if (id == 0)
            return [];
        // Once a day is enough to tell used from unused, and spares most reads a write.
        var now = time.GetUtcNow();
        connection.Execute(
            "UPDATE file SET last_used = @now WHERE id = @id AND last_used < @yesterday",
            ("@now", now.ToUnixTimeSeconds()),
            ("@yesterday", now.AddDays(-1).ToUnixTimeSeconds()),
            ("@id", id));

        var runs = new List<DigestRun>();
        using var command = connection.Statement("SELECT first, digests FROM run WHERE file = @id", ("@id", id));
        using var rows = command.ExecuteReader();
        while (rows.Read())
            runs.Add(new DigestRun(rows.GetInt32(0), rows.GetFieldValue<byte[]>(1)));
        return runs;
    }

    private int Write(SqliteConnection connection, DigestKey key, IReadOnlyList<DigestRun> runs)
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
                "INSERT OR REPLACE INTO run(file, first, digests) VALUES (@id, @first, @digests)",
                ("@id", id),
                ("@first", run.First),
                ("@digests", run.Digests.ToArray()));
        }

        Shrink(connection);
        transaction.Commit();
        return runs.Count;
    }

    private void Clean(SqliteConnection connection)
    {
        var now = time.GetUtcNow();
        if (now - _cleaned < CleaningInterval)
            return;
        connection.Execute("DELETE FROM file WHERE last_used < @oldest", ("@oldest", (now - Lifetime).ToUnixTimeSeconds()));
        _cleaned = now;
    }

    // A tenth at a time, so that a full store is not cleared at each write.
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
}
