using Microsoft.Data.Sqlite;
using ReliableDownload.Protocol;

namespace ReliableDownload.Api.Cache;

/// <summary>Writes and reads the digests of many small files: each statement is prepared once, not for each file.</summary>
internal static class SqliteFileDigests
{
    private const string SameFile = SqliteDigestStore.SameFile;
    private const string SameContent = SqliteDigestStore.SameContent;

    /// <summary>Writes those that are missing or others; within a transaction of the caller.</summary>
    /// <param name="now">In seconds after 1970.</param>
    public static void Write(SqliteConnection connection, IReadOnlyList<FileDigest> files, long now)
    {
        using var find = new FileStatement(connection, $"SELECT digests FROM file JOIN run ON run.file = file.id AND run.first = 0 WHERE {SameFile} AND {SameContent}");
        using var remove = new FileStatement(connection, $"DELETE FROM file WHERE {SameFile} AND NOT {SameContent}");
        using var add = new FileStatement(
            connection,
            """
            INSERT INTO file(path, block_size, algorithm, size, modified, inode, changed, last_used)
            VALUES (@path, @blockSize, @algorithm, @size, @modified, @inode, @changed, @now)
            ON CONFLICT DO UPDATE SET last_used = @now RETURNING id
            """);
        add.Command.Parameters.AddWithValue("@now", now);
        using var run = connection.Statement("INSERT INTO run(file, first, digests) VALUES (@id, 0, @digests) ON CONFLICT DO UPDATE SET digests = excluded.digests");
        var (id, digests) = (run.Parameters.Add("@id", SqliteType.Integer), run.Parameters.Add("@digests", SqliteType.Blob));
        foreach (var file in files)
        {
            if (find.For(file.Key).ExecuteScalar() is byte[] known && known.AsSpan().SequenceEqual(file.Digest))
                continue;
            remove.For(file.Key).ExecuteNonQuery();
            id.Value = add.For(file.Key).ExecuteScalar();
            digests.Value = file.Digest;
            run.ExecuteNonQuery();
        }
    }

    /// <summary>Reads those that are known.</summary>
    /// <param name="used">Told the number of a file, and when it was last used, in seconds after 1970.</param>
    public static void Read(SqliteConnection connection, IReadOnlyList<DigestKey> keys, Action<int, ReadOnlyMemory<byte>> found, Action<long, long> used)
    {
        // One view of the database for all, and one lock.
        using var transaction = connection.BeginTransaction(deferred: true);
        using var find = new FileStatement(
            connection, $"SELECT digests, id, last_used FROM file JOIN run ON run.file = file.id AND run.first = 0 WHERE {SameFile} AND {SameContent}");
        for (var i = 0; i < keys.Count; i++)
        {
            using var rows = find.For(keys[i]).ExecuteReader();
            if (!rows.Read())
                continue;
            var digests = rows.GetFieldValue<byte[]>(0);
            if (digests.Length != keys[i].Algorithm.Size)
                continue;
            found(i, digests);
            used(rows.GetInt64(1), rows.GetInt64(2));
        }
    }

    /// <summary>A statement about one content of one file.</summary>
    private sealed class FileStatement : IDisposable
    {
        private readonly SqliteParameter _path;
        private readonly SqliteParameter _blockSize;
        private readonly SqliteParameter _algorithm;
        private readonly SqliteParameter _size;
        private readonly SqliteParameter _modified;
        private readonly SqliteParameter _inode;
        private readonly SqliteParameter _changed;

        public FileStatement(SqliteConnection connection, string sql)
        {
            Command = connection.Statement(sql);
            var parameters = Command.Parameters;
            (_path, _blockSize, _algorithm) = (parameters.Add("@path", SqliteType.Text), parameters.Add("@blockSize", SqliteType.Integer), parameters.Add("@algorithm", SqliteType.Text));
            (_size, _modified) = (parameters.Add("@size", SqliteType.Integer), parameters.Add("@modified", SqliteType.Integer));
            (_inode, _changed) = (parameters.Add("@inode", SqliteType.Integer), parameters.Add("@changed", SqliteType.Integer));
        }

        public SqliteCommand Command { get; }

        public SqliteCommand For(DigestKey key)
        {
            (_path.Value, _blockSize.Value, _algorithm.Value) = (key.File, key.BlockSize, key.Algorithm.WireName);
            (_size.Value, _modified.Value) = (key.Identity.Size, key.Identity.Modified);
            (_inode.Value, _changed.Value) = (unchecked((long)key.Identity.Inode), key.Identity.Changed);
            return Command;
        }

        public void Dispose() => Command.Dispose();
    }
}
