using Microsoft.Data.Sqlite;

namespace ReliableDownload.Api.Cache;

/// <summary>One statement, one call.</summary>
internal static class SqliteStatements
{
    extension(SqliteConnection connection)
    {
        public SqliteCommand Statement(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in parameters)
                command.Parameters.AddWithValue(name, value);
            return command;
        }

        public int Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
        {
            using var command = connection.Statement(sql, parameters);
            return command.ExecuteNonQuery();
        }

        /// <summary>The single number that <paramref name="sql"/> returns, 0 if it returns none.</summary>
        public long Number(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
        {
            using var command = connection.Statement(sql, parameters);
            return command.ExecuteScalar() as long? ?? 0;
        }
    }
}
