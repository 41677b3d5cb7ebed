using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// The SQLite file of digests: opens it, creates it if it does not exist, sets a corrupt one aside, and leaves alone a file that belongs to
/// another program or was made by a newer rd-api. Several processes may have it open. Thread-safe.
/// </summary>
internal sealed class DigestDatabase(string file, TimeProvider time, ILogger log)
{
    private const int SchemaVersion = 1;

    private const string Schema = """
        CREATE TABLE file(
            id INTEGER PRIMARY KEY,
            path TEXT NOT NULL,
            block_size INTEGER NOT NULL,
            algorithm TEXT NOT NULL,
            size INTEGER NOT NULL,
            modified INTEGER NOT NULL,
            inode INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            last_used INTEGER NOT NULL,
            UNIQUE(path, block_size, algorithm)) STRICT;
        CREATE INDEX file_last_used ON file(last_used);
        CREATE TABLE run(
            file INTEGER NOT NULL REFERENCES file(id) ON DELETE CASCADE,
            first INTEGER NOT NULL,
            digests BLOB NOT NULL,
            PRIMARY KEY(file, first)) STRICT;
        """;

    // One per process: nothing else in the process may create the file while this one examines it (see CacheFile).
    private static readonly Lock Gate = new();

    private bool _isOurs;

    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = file,
        Pooling = false,
        ForeignKeys = true,
        // Seconds to wait for another process's transaction, which takes milliseconds.
        DefaultTimeout = 5,
    }.ToString();

    /// <exception cref="DigestStoreException">The file is not ours or of a newer version, its folder cannot be used, or SQLite itself is missing.</exception>
    public SqliteConnection Open()
    {
        UseFolder(() => Directory.CreateDirectory(Path.GetDirectoryName(file) ?? "/"));
        lock (Gate)
        {
            if (!_isOurs)
                UseFolder(() => Refuse(CacheFile.Refusal(file)));
            _isOurs = true;
            try
            {
                return OpenOnce();
            }
            catch (Exception error) when (error.GetBaseException() is DllNotFoundException)
            {
                // The single-file program has this library beside it, and somebody may copy one without the other.
                throw new DigestStoreException("the digest cache cannot be used because the library e_sqlite3 is missing: it belongs beside rd-api", error);
            }
            catch (SqliteException error) when (IsCorrupt(error))
            {
                MoveAside(error.Message);
                return OpenOnce();
            }
        }
    }

    /// <summary>Whether the file itself is at fault, so that opening it again would not help.</summary>
    public static bool IsCorrupt(SqliteException error) =>
        error.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB;

    /// <summary>
    /// Renames a corrupt file, so that it can be examined and the next <see cref="Open"/> creates a new one, if <paramref name="isWanted"/>
    /// still says so once nobody is opening the file.
    /// </summary>
    /// <exception cref="DigestStoreException">Its folder cannot be used.</exception>
    public void SetAside(string reason, Func<bool> isWanted)
    {
        lock (Gate)
        {
            if (isWanted())
                MoveAside(reason);
        }
    }

    private void MoveAside(string reason)
    {
        var aside = $"{file}.broken-{time.GetUtcNow():yyyyMMdd'T'HHmmss.fff}";
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            if (File.Exists(file + suffix))
                UseFolder(() => File.Move(file + suffix, aside + suffix));
        }

        log.CacheSetAside(file, aside, reason);
    }

    private void Refuse(string? refusal)
    {
        if (refusal is not null)
            throw new DigestStoreException($"{file} {refusal} and is left alone: choose another file with --cache");
    }

    private void UseFolder(Action use)
    {
        try
        {
            use();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DigestStoreException($"the digest cache {file} cannot be used: {error.Message}", error);
        }
    }

    private SqliteConnection OpenOnce()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            if (Version(connection) == 0)
                Create(connection);
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // Before there is a write-ahead log, so that the file itself identifies its owner from the start.
    private void Create(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        // Another process may have created the tables since.
        if (Version(connection) == 0)
            connection.Execute($"{Schema} PRAGMA application_id = {CacheFile.ApplicationId}; PRAGMA user_version = {SchemaVersion};");
        transaction.Commit();
    }

    /// <returns>The version of the tables, 0 if there are none yet.</returns>
    private long Version(SqliteConnection connection)
    {
        var application = connection.Number("PRAGMA application_id");
        var version = connection.Number("PRAGMA user_version");
        if (application == CacheFile.ApplicationId && version > SchemaVersion)
            throw new DigestStoreException($"the digest cache {file} was made by a newer rd-api and is left alone: choose another file with --cache");
        if (connection.Number("SELECT count(*) FROM sqlite_schema") == 0)
            return 0;
        Refuse(application == CacheFile.ApplicationId && version == SchemaVersion ? null : "is another program's database");
        return version;
    }
}
