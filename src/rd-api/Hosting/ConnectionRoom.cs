using Microsoft.AspNetCore.Connections;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// How many more connections may be open. When there is no room each listener accepts one more, who waits, and new clients wait in the kernel. Otherwise the process
/// would run out of descriptors, and Kestrel would retry accepting in a tight loop. One for all listeners. Thread-safe.
/// </summary>
internal sealed class ConnectionRoom(RdApiOptions options) : IDisposable
{
    private readonly int _all = SizeOf(options);
    private readonly SemaphoreSlim _free = new(SizeOf(options));

    /// <summary>Waits for room for a connection, and reserves it.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _free.WaitAsync(cancellationToken);

    /// <summary>Takes as much room as a connection, without waiting, for a further request of one; false while so little is free that new clients need it.</summary>
    public bool TryEnterFurther() => _free.CurrentCount > _all / 2 && _free.Wait(0);

    public void Leave() => _free.Release();

    /// <summary>Connection middleware that releases the connection's place at its end.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(connection);
        }
        finally
        {
            Leave();
        }
    };

    public void Dispose() => _free.Dispose();

    private static int SizeOf(RdApiOptions options) =>
        options.Tls is null ? options.Limits.Connections : Math.Min(options.Limits.Connections, Limits.ConnectionsWithTls);
}
