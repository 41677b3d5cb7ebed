using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace ReliableDownload.Api.Cache;

/// <summary>
/// A few connections to a database, opened when first needed and used by one caller at a time. One that fails is closed.
/// Thread-safe.
/// </summary>
internal sealed class SqliteConnections(Func<SqliteConnection> open, int count) : IAsyncDisposable
{
    // A call may hang with the disk; its connection is left open until the process ends.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _free = new(count);
    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private volatile bool _isClosed;

    public async Task<T> UseAsync<T>(Func<SqliteConnection, T> use, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        SqliteConnection? connection = null;
        try
        {
            if (!_idle.TryTake(out connection))
                connection = open();
            var result = use(connection);
            if (!_isClosed)
            {
                _idle.Add(connection);
                connection = null;
            }

            return result;
        }
        finally
        {
            connection?.Dispose();
            _free.Release();
        }
    }

    /// <summary>Closes the idle connections; the others are closed after use.</summary>
    public void Close()
    {
        _isClosed = true;
        while (_idle.TryTake(out var connection))
            connection.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < count; i++)
        {
            if (!await _free.WaitAsync(CloseLimit))
                break;
        }

        // On another thread, because closing a file on a hanging disk cannot be cancelled.
        await Task.Run(Close).WaitAsync(CloseLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
