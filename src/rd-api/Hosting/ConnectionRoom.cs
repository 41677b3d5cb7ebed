using Microsoft.AspNetCore.Connections;

namespace ReliableDownload.Api.Hosting;

/// <summary>
/// How many more connections may be open. When there is no room nobody accepts; new clients wait in the kernel. Without it the process would
/// run out of descriptors, and Kestrel then tries to accept without a pause. One for all listeners. Safe for threads.
/// </summary>
internal sealed class ConnectionRoom(RdApiOptions options) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.Limits.Connections);

    /// <summary>Takes the place of a connection that is about to be accepted, as soon as there is one.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _free.WaitAsync(cancellationToken);

    public void Leave() => _free.Release();

    /// <summary>Connection middleware that gives the connection's place back at its end.</summary>
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
}
